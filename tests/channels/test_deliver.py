"""The queue of letters: one copy a person, whoever dies; retries that end; bounces that count."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections, transaction

from homeroom.channels import deliver
from homeroom.channels.email.smtp import RefusedError, Sender, UncertainError, UnreachableError
from homeroom.channels.inbound import Bounce
from homeroom.channels.models import Delivery
from homeroom.district.models import Identity
from homeroom.kit import clock
from homeroom.kit.errors import TryAgain
from homeroom.tickets.log import Type
from homeroom.tickets.models import Event, Message
from tests.cast import NOW, Cast, assemble
from tests.channels.door_process import running, until
from tests.channels.test_letters import ANA, ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


class Way:
    """A sender that remembers, and does what the test says before each."""

    def __init__(self, before: Callable[[str], None] = lambda recipient: None) -> None:
        self.before = before
        self.sent: list[tuple[str, str, bytes]] = []

    def send(self, raw: bytes, *, sender: str, recipient: str, message_id: str) -> None:
        self.before(recipient)
        self.sent.append((recipient, message_id, raw))

    def close(self) -> None:
        pass


def failing(error: Exception, *, only: str = "") -> Way:
    def fail(recipient: str) -> None:
        if only in recipient:
            raise error

    return Way(fail)


def queue(
    cast: Cast, *recipients: str, purpose: str = "receipt", **given: object
) -> list[Delivery]:
    opened, message, party = ticket(cast, external_id=f"m{Message.objects.count()}@x.example")
    for number, recipient in enumerate(recipients):
        fields: dict[str, object] = {
            "ticket": opened, "message": message, "purpose": purpose, "recipient": recipient,
            "participant": party, "language": "en", "once": f"{purpose}:{opened.pk}:{number}",
            "facts": {}, "now": NOW,
        }  # fmt: skip
        deliver.enqueue(**(fields | given))  # type: ignore[arg-type]
    return list(Delivery.objects.order_by("id"))


def test_the_same_letter_is_queued_once(cast: Cast) -> None:
    opened, message, party = ticket(cast)
    given = {
        "ticket": opened, "message": message, "purpose": "receipt", "recipient": ANA, "participant": party,
        "language": "en", "once": "receipt:1", "facts": {}, "now": NOW,
    }  # fmt: skip
    assert deliver.enqueue(**given)  # type: ignore[arg-type]
    assert not deliver.enqueue(**given)  # type: ignore[arg-type]
    assert Delivery.objects.count() == 1


def test_sent_is_sent_and_the_log_says_so(cast: Cast) -> None:
    queue(cast, ANA, "b@x.example")
    way = Way()
    assert deliver.drain(now=lambda: NOW, sender=way) == 2
    assert deliver.drain(now=lambda: NOW, sender=way) == 0
    assert [to for to, _, _ in way.sent] == [ANA, "b@x.example"]
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}
    events = Event.objects.filter(type=Type.DELIVERED)
    assert [event.data["purpose"] for event in events] == ["receipt", "receipt"]
    assert ANA not in str([event.data for event in events])


def test_an_alarm_goes_first_and_one_that_waits_goes_later(cast: Cast) -> None:
    queue(cast, "a@x.example", "b@x.example")
    queue(cast, "late@x.example", purpose="reply", wait=timedelta(seconds=10))
    queue(cast, "alarm@x.example", purpose="alarm")
    way = Way()
    deliver.drain(now=lambda: NOW, sender=way)
    assert [to for to, _, _ in way.sent] == ["alarm@x.example", "a@x.example", "b@x.example"]
    assert deliver.next_due() == NOW + timedelta(seconds=10)
    deliver.drain(now=lambda: NOW + timedelta(seconds=10), sender=way)
    assert way.sent[-1][0] == "late@x.example"


def test_trouble_is_tried_again_ever_later_for_five_days(cast: Cast) -> None:
    [row] = queue(cast, ANA)
    way = failing(TryAgain("451 4.3.0 later"))
    moment, pauses = NOW, []
    while True:
        assert deliver.drain(now=lambda at=moment: at, sender=way) == 1  # type: ignore[misc]
        row.refresh_from_db()
        if row.state != Delivery.State.QUEUED:
            break
        pauses.append(row.next_at - moment)
        moment = row.next_at
    assert pauses[:9] == [timedelta(minutes=m) for m in (1, 2, 4, 8, 16, 32, 64, 128, 240)]
    assert max(pauses) == timedelta(hours=4)
    assert timedelta(days=4, hours=19) < moment - NOW < timedelta(days=5)
    assert (row.state, row.error) == ("failed", "451 4.3.0 later")
    assert Event.objects.filter(type=Type.UNDELIVERED).count() == 1
    assert Identity.objects.filter(value=ANA, failed_at__isnull=False).count() == 0


def test_a_server_that_is_away_ends_the_round_and_harms_nobody(cast: Cast) -> None:
    queue(cast, "a@x.example", "b@x.example")
    assert (
        deliver.drain(now=lambda: NOW, sender=failing(UnreachableError("nobody listens there")))
        == 0
    )
    assert list(Delivery.objects.order_by("id").values_list("state", "attempts")) == [
        ("queued", 1),
        ("queued", 0),
    ]
    way = Way()
    assert deliver.drain(now=lambda: NOW + timedelta(minutes=1), sender=way) == 2


def test_a_refused_address_fails_alone_and_is_not_written_to_again(cast: Cast) -> None:
    queue(cast, ANA, "b@x.example")
    refused = RefusedError("Mail to ana was refused: 550 5.1.1 unknown", is_address=True)
    way = failing(refused, only="ana")
    deliver.drain(now=lambda: NOW, sender=way)
    assert list(Delivery.objects.order_by("id").values_list("state", flat=True)) == [
        "failed",
        "sent",
    ]
    identity = Identity.objects.get(value=ANA)
    assert identity.failed_at == NOW
    assert "550 5.1.1" in identity.failure
    queue(cast, ANA, purpose="reply")
    stopped = Delivery.objects.latest("id")
    assert stopped.state == Delivery.State.STOPPED
    assert stopped.error.startswith("Mail to this address came back: Mail to ana was refused")


def test_refused_words_do_not_fail_the_address(cast: Cast) -> None:
    queue(cast, ANA)
    deliver.drain(now=lambda: NOW, sender=failing(RefusedError("554 5.7.1 spam")))
    assert Delivery.objects.get().state == Delivery.State.FAILED
    assert Identity.objects.get(value=ANA).failed_at is None


def test_an_address_that_cannot_be_a_header_fails_with_a_sentence(cast: Cast) -> None:
    queue(cast, "x@y.example\r\nBcc: z@y.example", "b@x.example")
    way = Way()
    deliver.drain(now=lambda: NOW, sender=way)
    assert [to for to, _, _ in way.sent] == ["b@x.example"]
    assert "cannot be sent" in Delivery.objects.get(state="failed").error


def test_a_letter_that_cannot_be_written_stops_no_other(cast: Cast) -> None:
    first, _ = queue(cast, ANA, "b@x.example")
    Delivery.objects.filter(pk=first.pk).update(purpose="gone")
    way = Way()
    deliver.drain(now=lambda: NOW, sender=way)
    assert [to for to, _, _ in way.sent] == ["b@x.example"]
    first.refresh_from_db()
    assert first.state == Delivery.State.QUEUED
    assert first.attempts == 1


def test_every_attempt_has_the_same_name_and_bytes(cast: Cast) -> None:
    queue(cast, ANA)
    tries: list[bytes] = []

    class Losing(Way):
        def send(self, raw: bytes, *, sender: str, recipient: str, message_id: str) -> None:
            super().send(raw, sender=sender, recipient=recipient, message_id=message_id)
            tries.append(raw)
            if len(tries) < 3:
                raise UncertainError("hung up")

    way = Losing()
    for hours in range(3):
        deliver.drain(now=lambda h=hours: NOW + timedelta(hours=h), sender=way)  # type: ignore[misc]
    assert len(set(tries)) == 1
    assert len({name for _, name, _ in way.sent}) == 1
    assert Delivery.objects.get().state == Delivery.State.SENT


def test_nobody_can_guess_a_message_id(cast: Cast, settings: object) -> None:
    first = deliver.external_id("receipt:1:1")
    settings.SECRET_KEY = "another install"  # type: ignore[attr-defined]
    assert deliver.external_id("receipt:1:1") != first
    assert first.endswith("@homeroom.cedarvalley.example")


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_nothing_twice_and_hold_no_transaction_number(cast: Cast) -> None:
    """While one waits for the mail server, the other passes by, and the log's readers do not wait."""
    queue(cast, *(f"p{number}@x.example" for number in range(6)))
    inside, go_on = threading.Event(), threading.Event()

    def wait(recipient: str) -> None:
        if recipient.startswith("p0"):
            inside.set()
            go_on.wait(10)

    slow, quick = Way(wait), Way()

    def work() -> None:
        deliver.drain(now=lambda: NOW, sender=slow)
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    assert inside.wait(10)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state = 'idle in transaction' AND backend_xid IS NOT NULL"
        )
        assert cursor.fetchone() == (0,)
    assert deliver.drain(now=lambda: NOW, sender=quick) == 5
    go_on.set()
    thread.join(10)
    assert sorted(to for to, _, _ in slow.sent + quick.sent) == [
        f"p{n}@x.example" for n in range(6)
    ]
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "point", ["deliver.before_send", "deliver.after_send", "deliver.after_commit"]
)
def test_killed_anywhere_there_is_one_copy_in_the_outbox(cast: Cast, point: str) -> None:
    queue(cast, *(f"p{number}@x.example" for number in range(3)), now=clock.now())
    with running("deliver", "console:", fail_at=f"{point}:kill@2") as process:
        assert process.wait(30) == -9
    assert Delivery.objects.filter(state="sent").count() == (2 if "commit" in point else 1)
    with running("deliver", "console:") as process:
        assert process.wait(30) == 0
    assert Delivery.objects.filter(state="sent").count() == 3
    from homeroom import config

    folder = Path(config.HOME) / "outbox"
    names = [path.name for path in folder.glob("*.eml")]
    for row in Delivery.objects.all():
        assert names.count(f"{row.external_id}.eml") == 1
        (folder / f"{row.external_id}.eml").unlink()


@pytest.mark.django_db(transaction=True)
def test_a_dead_workers_letter_is_free_at_once(cast: Cast) -> None:
    queue(cast, ANA, now=clock.now() - timedelta(minutes=1))
    with running("deliver", "console:", fail_at="deliver.before_send:sleep:60") as process:
        until(_is_held)
        assert deliver.drain(now=clock.now, sender=Way()) == 0
        process.kill()
        process.wait(10)
        way = Way()
        until(lambda: deliver.drain(now=clock.now, sender=way) or way.sent, seconds=5)
    assert len(way.sent) == 1


def _is_held() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s",
            [deliver._LOCK],
        )
        return bool(cursor.fetchone()[0])


def test_a_bounce_of_ours_fails_the_letter_and_the_address(cast: Cast) -> None:
    [row] = queue(cast, ANA)
    deliver.drain(now=lambda: NOW, sender=Way())
    late = Bounce(recipient=ANA, status="4.4.1", is_permanent=False, message_id=row.external_id)
    found = deliver.bounced(late, now=NOW)
    assert found is not None
    assert found.sentence == f"Mail to {ANA} is late (4.4.1)."
    assert Delivery.objects.get().state == Delivery.State.SENT
    gone = Bounce(recipient=ANA, status="5.1.1", is_permanent=True, message_id=row.external_id)
    for _ in range(2):
        found = deliver.bounced(gone, now=NOW)
        assert found is not None
        assert found.ticket == row.ticket
        assert found.sentence == f"Mail to {ANA} came back (5.1.1)."
    assert Delivery.objects.get().state == Delivery.State.FAILED
    assert Identity.objects.get(value=ANA).failed_at == NOW
    assert Event.objects.filter(type=Type.UNDELIVERED).count() == 1


@pytest.mark.parametrize(
    "message_id", ["", "someone@else.example", "0" * 40 + "@homeroom.cedarvalley.example"]
)
def test_an_invented_bounce_stops_nobody(cast: Cast, message_id: str) -> None:
    queue(cast, ANA)
    gone = Bounce(recipient=ANA, status="5.1.1", is_permanent=True, message_id=message_id)
    assert deliver.bounced(gone, now=NOW) is None
    assert Identity.objects.get(value=ANA).failed_at is None


def test_the_way_out_of_the_box_is_a_folder(cast: Cast, tmp_path: Path) -> None:
    queue(cast, ANA)
    deliver.drain(now=lambda: NOW, sender=Sender("console:", outbox=tmp_path))
    [path] = tmp_path.glob("*.eml")
    assert b"Your request is with Bus desk" in path.read_bytes()


def test_nothing_is_queued_when_the_story_is_rolled_back(cast: Cast) -> None:
    with transaction.atomic():
        queue(cast, ANA)
        transaction.set_rollback(True)
    assert Delivery.objects.count() == 0


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_way_in_is_forgotten_once_the_letter_is_settled(cast: Cast, *, is_refused: bool) -> None:
    deliver.enqueue(
        ticket=None,
        message=None,
        purpose="link",
        recipient=ANA,
        participant=None,
        language="es",
        once="link:1",
        facts={"path": "/es/in/a-secret/"},
        now=NOW,
    )
    way = failing(RefusedError("550 no such user", is_address=True)) if is_refused else Way()
    deliver.drain(now=lambda: NOW, sender=way)
    row = Delivery.objects.get()
    assert (row.state, row.facts) == ("failed" if is_refused else "sent", {})
    if not is_refused:
        assert b"a-secret" in way.sent[0][2]
