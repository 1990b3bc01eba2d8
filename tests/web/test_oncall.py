"""The on-call list in setup: added, changed, taken off, and a test that really calls."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client

from homeroom.channels.models import Delivery
from homeroom.district.models import Account, Duty
from homeroom.district.records import Change
from homeroom.kit import clock
from homeroom.pipeline import alarms as calling
from homeroom.tickets.bells import Alarm
from tests.cast import Cast
from tests.visitors import house, signed_in

pytestmark = pytest.mark.django_db

AT = "/setup/on-call/"
LEE = "dana.lee@cedarvalley.example"


@pytest.fixture
def cast() -> Iterator[Cast]:
    with house() as everyone:
        yield everyone


@pytest.fixture
def admin(cast: Cast) -> Client:
    account = Account.objects.create_user("admin@cedarvalley.example", None)
    account.is_administrator = True
    account.save()
    return signed_in(account)


def shown(client: Client, at: str = AT) -> str:
    answer = client.get(at)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def send(client: Client, status: int = 303, **given: object) -> str:
    answer = client.post(AT, given)
    assert answer.status_code == status, answer.content.decode()[-2000:]
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def add(client: Client, email: str, level: int, hours: str = "", status: int = 303) -> str:
    given = {"do": "add", "form": "duty-new", "email": email, "level": level, "hours": hours}
    return send(client, status, **given)


def test_somebody_is_added_changed_and_taken_off(cast: Cast, admin: Client) -> None:
    assert "Nobody is on call." in shown(admin)
    assert "Nobody is on call." in shown(admin, "/setup/")
    add(admin, LEE.upper(), 1, "Mon-Fri 07:00-17:00")
    duty = Duty.objects.get()
    page = shown(admin)
    assert "Dana Lee" in page
    assert f"An alarm now would first call: {LEE}." in page
    assert "Nobody is on call." not in shown(admin, "/setup/")
    lee = signed_in(Account.objects.create_user(LEE, None, person=cast.lee))
    assert lee.get("/desk/triage/").status_code == 200
    send(admin, do="save", form=f"duty-{duty.pk}", level=2, hours="")
    duty.refresh_from_db()
    assert (duty.level, duty.hours) == (2, "")
    send(admin, do="remove", form=f"duty-{duty.pk}")
    assert not Duty.objects.exists()
    assert Change.objects.filter(what="on-call").count() == 3


@pytest.mark.parametrize(
    ("email", "level", "hours", "sentence"),
    [
        ("ana.flores@example.com", 1, "", "Only people who work here can be called."),
        ("charlie@evil.example", 1, "", "We know nobody by this email address."),
        (LEE, 4, "", "Choose who is called first, second or third."),
        (LEE, 1, "at night", "cannot be read as hours"),
    ],
)
def test_what_cannot_be_kept_is_said(
    cast: Cast, admin: Client, email: str, level: int, hours: str, sentence: str
) -> None:
    assert sentence in add(admin, email, level, hours, status=422)
    assert not Duty.objects.exists()


def test_nobody_stands_twice_on_a_level(cast: Cast, admin: Client) -> None:
    add(admin, LEE, 1)
    assert "is on this level already" in add(admin, LEE, 1, status=422)
    add(admin, LEE, 2)
    assert Duty.objects.count() == 2


def test_a_test_really_calls_and_says_who_heard_it(cast: Cast, admin: Client) -> None:
    add(admin, LEE, 1)
    send(admin, do="test", form="test")
    calling.drain(now=clock.now())
    assert Delivery.objects.get(purpose="alarm_test").recipient == LEE
    lee = signed_in(Account.objects.create_user(LEE, None, person=cast.lee))
    theo = signed_in(cast.theo.account)
    assert "This is a test of the alarm." in shown(lee, "/desk/triage/")
    assert "This is a test of the alarm." not in shown(theo, "/desk/triage/")
    assert "Nobody has said yet that they hear it." in shown(admin)
    number = Alarm.objects.get().pk
    assert theo.post(f"/desk/alarms/{number}/").status_code == 303
    assert Alarm.objects.get().acknowledged_at is None
    assert lee.post(f"/desk/alarms/{number}/").status_code == 303
    page = shown(admin)
    assert "Dana Lee heard it" in page
    assert "1 email" in page
