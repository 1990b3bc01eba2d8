"""A request's life: what the log says must lead to the present, whatever was done."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.kit.errors import Expected
from homeroom.tickets import actions, log, merging, saying
from homeroom.tickets.log import SYSTEM, Type, as_written, person
from homeroom.tickets.models import Event, Message, Participant, Status, Ticket
from homeroom.tickets.saying import Party, Said
from tests.cast import NOW, Cast, assemble

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


def said(text: str = "Projector in 214 is dead again", **given: object) -> Said:
    fields = {
        "channel": "email",
        "direction": Message.Direction.IN,
        "text": text,
        "at": NOW,
        "sender_address": "dana.lee@cedarvalley.example",
    }
    return Said(**(fields | given))  # type: ignore[arg-type]


def opened(cast: Cast, text: str = "Projector in 214 is dead again", **given: object) -> Ticket:
    party = Party(
        role=Participant.Role.REQUESTER,
        kind="email",
        value="dana.lee@cedarvalley.example",
        person_id=cast.lee.pk,
    )
    message = saying.open_request(
        said(text, **given), parties=(party,), requester=cast.lee, by=person(cast.lee.pk), now=NOW
    )
    return message.ticket


def present(ticket: Ticket) -> dict[str, object]:
    row = Ticket.objects.get(pk=ticket.pk)
    return {name: as_written(getattr(row, name)) for name in log.PRESENT}


DEEDS = st.lists(
    st.tuples(
        st.sampled_from(
            ["assign", "unassign", "classify", "prioritise", "promise", "wait", "resume",
             "resolve", "reopen", "close", "hear", "reply", "merge", "unmerge"]
        ),
        st.integers(1, 4),
    ),
    max_size=12,
)  # fmt: skip


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=DEEDS)
def test_the_log_leads_to_the_present(cast: Cast, deeds: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        ticket, other = opened(cast), opened(cast, "The screen is black", external_id=None)
        now = NOW
        for deed, number in deeds:
            now += timedelta(minutes=number)
            try:
                with transaction.atomic():
                    do(deed, number, ticket, other, cast, now)
            except Expected:
                continue
        for each in (ticket, other):
            assert log.replay(each.events.order_by("id")) == present(each)
        transaction.set_rollback(True)


def do(deed: str, number: int, ticket: Ticket, other: Ticket, cast: Cast, now) -> None:
    by = person(cast.theo.pk)
    match deed:
        case "assign":
            actions.assign(ticket, team=cast.classroom, assignee=cast.theo, by=by, now=now)
        case "unassign":
            actions.assign(ticket, team=cast.buses, assignee=None, by=by, now=now)
        case "classify":
            service = cast.projectors if number % 2 else cast.late_bus
            actions.classify(ticket, service=service, by=by, now=now)
        case "prioritise":
            actions.prioritise(ticket, priority=number, by=by, now=now)
        case "promise":
            due = now + timedelta(hours=number)
            actions.promise(ticket, reply_due_at=now, resolve_due_at=due, by=SYSTEM, now=now)
        case "wait":
            actions.wait(ticket, until=None, by=by, now=now)
        case "hear":
            saying.hear(ticket, said=said("still broken"), by=by, now=now)
        case "reply":
            out = said("On my way", direction=Message.Direction.OUT)
            saying.reply(ticket, said=out, by=by, now=now)
        case "merge":
            merging.merge(ticket, into=other, by=by, now=now)
        case _:
            getattr(merging if deed == "unmerge" else actions, deed)(ticket, by=by, now=now)


def test_the_log_cannot_be_changed(cast: Cast) -> None:
    ticket = opened(cast)
    for change in (
        lambda: ticket.events.update(type="ticket.closed"),
        lambda: Event.objects.filter(ticket=ticket)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_the_same_message_is_written_once(cast: Cast) -> None:
    opened(cast, external_id="a@b")
    with pytest.raises(DatabaseError), transaction.atomic():
        opened(cast, external_id="a@b")
    assert Message.objects.filter(external_id="a@b").count() == 1


def test_what_they_write_opens_a_resolved_request_again(cast: Cast) -> None:
    ticket = opened(cast)
    actions.resolve(ticket, by=person(cast.theo.pk), now=NOW)
    saying.hear(ticket, said=said("still broken"), by=person(cast.lee.pk), now=NOW)
    ticket.refresh_from_db()
    assert ticket.status == Status.OPEN
    assert ticket.events.filter(type=Type.REOPENED).exists()
    actions.resolve(ticket, by=person(cast.theo.pk), now=NOW)
    away = said("I am out of the office", kind="auto_reply")
    saying.hear(ticket, said=away, by=person(None), now=NOW, reopens=False)
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED


def test_a_merge_moves_everything_and_an_unmerge_moves_it_back(cast: Cast) -> None:
    first, second = opened(cast), opened(cast, "No picture in 214")
    extra = Party(role=Participant.Role.REQUESTER, kind="email", value="ana.flores@example.com")
    third = saying.open_request(
        said("same here", sender_address="ana.flores@example.com"),
        parties=(extra,),
        by=person(cast.ana.pk),
        now=NOW,
    ).ticket
    merging.merge(third, into=first, by=person(cast.theo.pk), now=NOW)
    assert first.messages.count() == 2
    assert first.participants.filter(value="ana.flores@example.com").exists()
    third.refresh_from_db()
    assert third.merged_into == first
    with pytest.raises(merging.NotThese):
        merging.merge(third, into=second, by=person(cast.theo.pk), now=NOW)
    merging.unmerge(third, by=person(cast.theo.pk), now=NOW)
    third.refresh_from_db()
    assert third.merged_into is None
    assert third.messages.count() == first.messages.count() == 1
    assert not first.participants.filter(value="ana.flores@example.com").exists()
    assert first.participants.filter(value="dana.lee@cedarvalley.example").exists()


def test_a_split_makes_a_linked_request_and_can_be_taken_back(cast: Cast) -> None:
    ticket = opened(cast)
    more = saying.hear(ticket, said=said("Also the bus was late"), by=person(cast.lee.pk), now=NOW)
    part = merging.split(more, by=person(cast.theo.pk), now=NOW)
    assert part.linked_to == ticket
    assert part.reference != ticket.reference
    assert ticket.messages.count() == part.messages.count() == 1
    merging.unsplit(part, by=person(cast.theo.pk), now=NOW)
    assert ticket.messages.count() == 2


def test_a_request_in_danger_is_never_merged(cast: Cast) -> None:
    first, second = opened(cast), opened(cast, "I want to hurt myself")
    Ticket.objects.filter(pk=second.pk).update(safety="self_harm")
    with pytest.raises(merging.NotThese, match="sensitive"):
        merging.merge(second, into=first, by=person(cast.theo.pk), now=NOW)


def test_a_note_stays_inside(cast: Cast) -> None:
    ticket = opened(cast)
    saying.note(ticket, said=said("third lamp this year"), by=person(cast.theo.pk), now=NOW)
    note = ticket.messages.get(direction="note")
    assert not note.is_public
    ticket.refresh_from_db()
    assert "lamp" not in ticket.last_text


@pytest.mark.django_db(transaction=True)
def test_a_reader_steps_over_nothing_that_commits_late() -> None:
    """The lower id commits after the higher one; both are seen, each once."""
    import threading

    from django.db import connection

    cast = assemble()
    ticket = opened(cast)
    log.skip_to_end("test")
    started, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            actions.prioritise(ticket, priority=2, by=SYSTEM, now=NOW)
            started.set()
            go_on.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    started.wait(10)
    quick = opened(cast, "another one")
    with transaction.atomic():
        before = [event.ticket_id for event in log.follow("test")]
    go_on.set()
    thread.join()
    with transaction.atomic():
        after = [event.ticket_id for event in log.follow("test")]
    assert sorted(before + after) == sorted([ticket.pk, quick.pk, quick.pk])
    assert ticket.pk in after
    with transaction.atomic():
        assert list(log.follow("test")) == []
