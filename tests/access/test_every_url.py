"""Every address × everybody of the cast; a new address without a declared policy fails here."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern

from homeroom.district.models import Account
from homeroom.web.policy import Policy
from tests.addresses import address, every, policy_of
from tests.cast import Cast
from tests.visitors import house, signed_in

FILLED = {
    "secret": "0" * 32,
    "token": "0" * 32,
    "file_id": 999_999,
    "message_id": 999_999,
    "reference": "222-2222",
    "queue": "team",
}
"""A value for each part of an address; nothing stands behind any of them."""


EVERY = list(every())


@pytest.mark.parametrize(("route", "pattern"), EVERY, ids=[route for route, _ in EVERY])
def test_every_address_declares_whom_it_is_for(route: str, pattern: URLPattern) -> None:
    assert policy_of(pattern) is not None, f"{route} has no policy: see homeroom/web/policy.py"


@pytest.fixture
def cast() -> Iterator[Cast]:
    with house() as everyone:
        yield everyone


def visitors(cast: Cast) -> dict[str, Client]:
    """Charlie, Ana and Sam with sign-ins, a teacher, a technician, a leader, an administrator."""
    accounts = {
        "ana": Account.objects.create_user("ana@x.example", None, person=cast.ana),
        "sam": Account.objects.create_user("sam@x.example", None, person=cast.sam),
        "lee": Account.objects.create_user("lee@x.example", None, person=cast.lee),
        "theo": cast.theo.account,
        "ortiz": cast.ortiz.account,
        "admin": Account.objects.create_user("admin@x.example", None),
    }
    accounts["admin"].is_administrator = True
    accounts["admin"].save()
    return {"charlie": signed_in(None)} | {
        name: signed_in(account) for name, account in accounts.items()
    }


OTHER_DOORS = ("/account/", "/api/")
"""Sign-in pages, and the API, which is asked with a key and has its own tests."""
MAY: dict[Policy, set[str]] = {
    Policy.STAFF: {"lee", "theo", "ortiz", "admin"},
    Policy.LEADER: {"ortiz", "admin"},
    Policy.ADMINISTRATOR: {"admin"},
}


@pytest.mark.django_db
def test_everybody_gets_in_where_they_may_and_nowhere_else(cast: Cast) -> None:
    people = visitors(cast)
    wrong = []
    for route, pattern in EVERY:
        policy = policy_of(pattern)
        may = MAY.get(policy) if policy else None
        if may is None or route.startswith(OTHER_DOORS):
            continue
        for name, client in people.items():
            response = client.get(address(route, FILLED))
            status = response.status_code
            if name == "charlie":
                right = status == 302 and response["Location"].startswith("/account/login/")
            elif name in may:
                right = status in {200, 302, 404} and "/account/login/" not in response.get(
                    "Location", ""
                )
            else:
                right = status == 404
            if not right:
                wrong.append(f"{name} at {route}: {status}")
            if "no-store" not in response.headers.get("Cache-Control", "no-store"):
                wrong.append(f"{route} may be kept by a cache")
    assert wrong == []


@pytest.mark.django_db
def test_looking_changes_nothing(cast: Cast) -> None:
    """A crawler that follows every address leaves no trace in any request."""
    from homeroom.tickets.models import Event, Message

    client = signed_in(cast.theo.account)
    before = (Event.objects.count(), Message.objects.count())
    for route, _ in EVERY:
        if not route.startswith("/account/logout"):
            client.get(address(route, FILLED))
    assert (Event.objects.count(), Message.objects.count()) == before


@pytest.mark.django_db
def test_what_is_not_there_and_what_one_may_not_see_look_the_same(cast: Cast) -> None:
    sam = visitors(cast)["sam"]
    there, nowhere = sam.get("/desk/team/"), sam.get("/desk/no-such-page/")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert there.content == nowhere.content
