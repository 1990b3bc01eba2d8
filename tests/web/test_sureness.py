"""How sure Homeroom is: the page, its settings, and the fall back to suggesting."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from homeroom.district import actions
from homeroom.district.models import Account
from homeroom.district.records import Change
from homeroom.kit import clock
from homeroom.routing import caution, gate, learning
from homeroom.routing.gate import CLOSED, Scored
from homeroom.routing.models import Calibration, Caution, Learned, Suggestion
from homeroom.tickets.models import Status, Ticket, Vector
from homeroom.web import context, policy
from tests.cast import NOW, Cast, assemble

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _static_files() -> None:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def cast() -> Cast:
    policy.forget()
    context.forget()
    cast = assemble()
    actions.make_account(
        email="admin@cedarvalley.example", password="a long enough one", is_administrator=True
    )
    return cast


@pytest.fixture
def admin(cast: Cast) -> Client:
    client = Client()
    client.force_login(Account.objects.get(email="admin@cedarvalley.example"))
    return client


def page(client: Client, **given: object) -> str:
    with clock.at(NOW):
        answer = client.post("/setup/how-sure/", given) if given else client.get("/setup/how-sure/")
    if answer.status_code == 303:
        return page(client)
    return answer.content.decode()


def proved(cast: Cast) -> None:
    """A champion that was right in 200 cases out of 200."""
    Learned.objects.create(
        hash="m" * 16, weights=b"", encoder="e", services_hash="s", made_at=NOW, is_champion=True,
        is_cold=False,
    )  # fmt: skip
    right = [Scored(department="it", score=0.9, is_right=True)] * 200
    learning.calibrate(gate.prove(right), report={}, now=NOW)


def allowed() -> gate.Gate:
    row = Learned.objects.get(is_champion=True)
    return learning.gate_of(row.calibration)


def test_before_anything_is_proved_it_says_so(admin: Client) -> None:
    html = page(admin)
    assert "Only suggests" in html
    assert "It is not proved yet that at most 3 % would be wrong." in html


def test_what_is_proved_is_shown_and_can_be_left_to_people(admin: Client, cast: Cast) -> None:
    proved(cast)
    html = page(admin)
    assert "Routes by itself what is proved" in html
    assert "0 of 200" in html
    assert allowed().opens("it", 0.95)
    html = page(admin, do="save", form="sureness", alpha="3", manual=str(cast.technology.pk))
    assert "Left to people" in html
    assert not allowed().opens("it", 0.95)
    assert allowed().opens("tra", 0.95)
    assert Change.objects.get(what="sureness").after == {"left to people": ["Technology"]}
    page(admin, do="save", form="sureness", alpha="3", off="on")
    assert not allowed().opens("tra", 0.95)
    assert learning.alpha() == pytest.approx(0.03)


def test_a_stricter_share_must_be_proved_anew(admin: Client, cast: Cast) -> None:
    """The decisions of this champion are not stored: a share that nothing proves closes the gate."""
    proved(cast)
    page(admin, do="save", form="sureness", alpha="1")
    assert learning.alpha() == pytest.approx(0.01)
    assert not allowed().opens("it", 0.95)


@pytest.mark.parametrize("share", ["", "0", "50", "three", "-1"])
def test_a_share_out_of_bounds_is_refused(admin: Client, share: str) -> None:
    html = page(admin, do="save", form="sureness", alpha=share)
    assert "Write a share from 0.5 to 20 in a hundred, like 3." in html
    assert not Caution.objects.exists()


def decided(cast: Cast, number: int, *, is_right: bool) -> None:
    """A request that was routed to technology by itself and resolved, there or elsewhere."""
    team = cast.classroom if is_right else cast.buses
    ticket = Ticket.objects.create(
        reference=f"T-{number}", subject="x", opened_at=NOW, changed_at=NOW, read_at=NOW,
        resolved_at=NOW + timedelta(hours=2), status=Status.RESOLVED, team=team,
        needs_triage=False, language="en",
    )  # fmt: skip
    Vector.objects.create(ticket=ticket, encoder="e", values=b"\0\0" * 4)
    Suggestion.objects.create(
        ticket=ticket, score=0.95, is_automatic=True, at=NOW,
        options=[{"service": cast.projectors.pk, "team": cast.classroom.pk,
                  "department": cast.technology.pk, "confidence": 0.95}],
    )  # fmt: skip


def test_too_many_wrong_decisions_end_automatic_routing(admin: Client, cast: Cast) -> None:
    proved(cast)
    for number in range(20):
        decided(cast, number, is_right=number > 0)
    assert not caution.check_drift(now=NOW + timedelta(days=1))
    assert Calibration.objects.latest("id").checked["decisions"] == 20
    for number in range(20, 25):
        decided(cast, number, is_right=False)
    assert caution.check_drift(now=NOW + timedelta(days=1))
    assert not allowed().opens("it", 0.999)
    assert "Only suggests: too much was wrong" in page(admin)
    assert Change.objects.filter(what="sureness", account=None).count() == 1
    assert not caution.check_drift(now=NOW + timedelta(days=2))
    with clock.at(NOW):
        assert "Homeroom only suggests for now." in admin.get("/setup/").content.decode()


def test_without_a_model_nothing_drifts(cast: Cast) -> None:
    assert not caution.check_drift(now=NOW)
    assert learning.gate_of(None) is CLOSED
