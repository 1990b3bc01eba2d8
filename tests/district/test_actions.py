"""Addresses, sign-ins, links and keys."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from homeroom.district import actions
from homeroom.district.models import Account, Identity, MagicLink, Person, Token
from tests.district.folder import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Person:
    return Person.objects.create(source_id="g-ana", given_name="Ana", family_name="Flores")


def link(**changes) -> str:
    given = {"kind": "email", "value": "ana@example.org", "goes_to": "/mine/", "now": NOW}
    return actions.make_magic_link(**{**given, **changes})


class TestAddresses:
    def test_a_claim_is_verified_once(self, ana):
        one = actions.add_identity(
            person=ana, kind="email", value="ana@example.org", source="self", now=NOW
        )
        assert one.verified_at is None
        actions.verify_identity(identity=one, now=NOW)
        actions.verify_identity(identity=one, now=NOW + timedelta(days=1))
        one.refresh_from_db()
        assert one.verified_at == NOW

    def test_adding_again_adds_nothing_but_may_verify(self, ana):
        for is_verified in (False, True):
            actions.add_identity(
                person=ana,
                kind="email",
                value="ana@example.org",
                source="self",
                now=NOW,
                is_verified=is_verified,
            )
        assert Identity.objects.get().verified_at == NOW

    def test_a_failure_keeps_its_first_day_until_it_is_verified_again(self, ana):
        one = Identity.objects.create(person=ana, kind="email", value="ana@example.org")
        actions.mark_failed(identity=one, why="550 no such user", now=NOW)
        actions.mark_failed(identity=one, why="x" * 300, now=NOW + timedelta(days=1))
        one.refresh_from_db()
        assert (one.failed_at, len(one.failure)) == (NOW, 200)
        actions.verify_identity(identity=one, now=NOW)
        one.refresh_from_db()
        assert (one.failed_at, one.failure) == (None, "")


class TestAccounts:
    def test_an_account_finds_its_person_by_a_verified_address(self, ana):
        Identity.objects.create(person=ana, kind="email", value="ana@example.org", verified_at=NOW)
        made = actions.make_account(email=" Ana@Example.org ", password="a long enough password")
        assert (made.email, made.person) == ("ana@example.org", ana)
        assert made.check_password("a long enough password")

    def test_but_not_by_a_claim_or_a_shared_address(self, ana):
        Identity.objects.create(person=ana, kind="email", value="ana@example.org")
        assert actions.make_account(email="ana@example.org").person is None
        sam = Person.objects.create(given_name="Sam")
        for each in (ana, sam):
            Identity.objects.create(person=each, kind="email", value="home@x.org", verified_at=NOW)
        assert actions.make_account(email="home@x.org").person is None

    def test_making_it_again_changes_rights_and_keeps_the_password(self):
        actions.make_account(email="a@x.org", password="a long enough password")
        again = actions.make_account(email="A@x.org", is_administrator=True)
        assert Account.objects.count() == 1
        assert again.is_administrator
        assert again.check_password("a long enough password")


class TestMagicLinks:
    def test_it_opens_once(self):
        token = link()
        opened = actions.use_magic_link(token=token, now=NOW + timedelta(minutes=14))
        assert (opened.kind, opened.value, opened.goes_to) == ("email", "ana@example.org", "/mine/")
        with pytest.raises(actions.LinkSpent):
            actions.use_magic_link(token=token, now=NOW + timedelta(minutes=14))

    def test_it_opens_for_a_quarter_of_an_hour(self):
        with pytest.raises(actions.LinkSpent):
            actions.use_magic_link(token=link(), now=NOW + timedelta(minutes=15))

    def test_a_guess_opens_nothing(self):
        link()
        with pytest.raises(actions.LinkSpent, match="ask for a new one"):
            actions.use_magic_link(token="0" * 32, now=NOW)

    def test_only_its_fingerprint_is_stored(self):
        token = link()
        row = MagicLink.objects.values().get()
        assert token not in str(row)

    @pytest.mark.parametrize("away", ["https://evil.example", "//evil.example", "/\\evil", "mine"])
    def test_it_never_leads_away(self, away):
        with pytest.raises(ValueError, match="path of this site"):
            link(goes_to=away)


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_opens_it():
    token, opened, start = link(), [], threading.Barrier(6)

    def try_it() -> None:
        start.wait()
        try:
            opened.append(actions.use_magic_link(token=token, now=NOW))
        except actions.LinkSpent:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1


class TestKeys:
    def test_a_key_opens_until_it_expires(self):
        account = Account.objects.create_user("a@x.org")
        token = actions.make_token(
            account=account,
            name="script",
            scopes=["tickets:read"],
            now=NOW,
            expires_at=NOW + timedelta(days=1),
        )
        assert token not in str(Token.objects.values().get())
        found = actions.use_token(token=token, now=NOW)
        assert (found.account, found.scopes) == (account, ["tickets:read"])
        assert Token.objects.get().used_at == NOW
        with pytest.raises(actions.KeyRefused):
            actions.use_token(token=token, now=NOW + timedelta(days=1))

    def test_a_key_of_a_closed_account_opens_nothing(self):
        account = Account.objects.create_user("a@x.org")
        token = actions.make_token(account=account, name="script", scopes=[], now=NOW)
        Account.objects.update(is_active=False)
        with pytest.raises(actions.KeyRefused):
            actions.use_token(token=token, now=NOW)
