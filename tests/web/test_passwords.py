"""A forgotten password: a link by mail, the same answer for everybody, and the old one is gone."""

import re
from email import message_from_bytes
from email.policy import default

import pytest
from django.core.cache import cache

from homeroom.channels import deliver
from homeroom.channels.models import Delivery
from homeroom.district.models import Account
from tests.cast import NOW
from tests.channels.test_deliver import Way
from tests.visitors import house, signed_in

pytestmark = pytest.mark.django_db

ASK = "/account/password/reset/"
THEO = "theo.ramos@cedarvalley.example"
NEW = "a-long-new-password-9"


@pytest.fixture(autouse=True)
def _house():
    cache.clear()  # allauth counts there who asked how often
    with house() as cast:
        cast.theo.account.set_password("the-old-password-1")
        cast.theo.account.save()
        yield


def mailed_link() -> str:
    way = Way()
    assert deliver.drain(now=lambda: NOW, sender=way) == 1
    letter = message_from_bytes(way.sent[0][2], policy=default).get_body(("plain",))
    assert letter is not None
    found = re.search(r"http://\S+(/account/password/reset/key/\S+/)", letter.get_content())
    assert found is not None
    return found[1]


def test_a_new_password_by_mail_works_once_and_signs_out_elsewhere() -> None:
    account = Account.objects.get(email=THEO)
    elsewhere, here = signed_in(account), signed_in(None)
    assert here.post(ASK, {"email": THEO.upper()}).status_code == 302
    link = mailed_link()
    assert Delivery.objects.get().facts == {}
    looked = signed_in(None).get(link, follow=True)  # a mail program that looks first
    assert looked.status_code == 200
    form = here.get(link)
    done = here.post(form["Location"], {"password1": NEW, "password2": NEW}, follow=True)
    assert b"Your new password is set" in done.content
    account.refresh_from_db()
    assert account.check_password(NEW)
    assert elsewhere.get("/desk/").status_code == 302
    again = signed_in(None).get(link, follow=True)
    assert b"This link no longer works" in again.content


def test_the_answer_tells_nobody_who_has_a_sign_in() -> None:
    browser = signed_in(None)
    known = browser.post(ASK, {"email": THEO}, follow=True)
    unknown = browser.post(ASK, {"email": "charlie@nowhere.example"}, follow=True)
    assert known.content == unknown.content
    assert Delivery.objects.count() == 1


def test_a_mailbox_is_not_flooded_and_a_forged_host_is_not_believed(settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    browser = signed_in(None)
    for _ in range(5):
        browser.post(ASK, {"email": THEO}, headers={"Host": "evil.example"})
    assert Delivery.objects.count() <= 3
    way = Way()
    deliver.drain(now=lambda: NOW, sender=way)
    assert way.sent
    assert not any(b"evil.example" in raw for _, _, raw in way.sent)


def test_it_speaks_spanish() -> None:
    browser = signed_in(None)
    page = browser.get(ASK, headers={"Accept-Language": "es"})
    assert "¿Olvidó su contraseña?" in page.content.decode()
    browser.post(ASK, {"email": THEO}, headers={"Accept-Language": "es"})
    assert Delivery.objects.get().language == "es"
