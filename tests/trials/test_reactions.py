"""A reaction that fails takes no other letter with it."""

import pytest
from django.db import OperationalError

from homeroom.channels.models import Delivery
from homeroom.kit import clock
from homeroom.pipeline import reactions
from homeroom.tickets.log import Type
from homeroom.tickets.models import Event
from tests.cast import NOW, assemble
from tests.pipeline.test_story import arrives, mail

pytestmark = pytest.mark.django_db(transaction=True)


def fails(event: Event, *, now: object) -> None:
    Delivery.objects.get(pk=-1)


def is_cut_off(event: Event, *, now: object) -> None:
    raise OperationalError("the server closed the connection")


def test_what_fails_is_skipped_and_the_receipt_still_leaves(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assemble()
    monkeypatch.setitem(reactions.REACTIONS, Type.READ, (fails, reactions.receipt))
    with clock.at(NOW):
        arrives(mail("The projector is dead"))
    assert Delivery.objects.filter(purpose="receipt").count() == 1
    assert "fails failed for event" in caplog.text


def test_when_the_database_goes_away_everything_is_seen_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assemble()
    with clock.at(NOW), monkeypatch.context() as broken:
        broken.setitem(reactions.REACTIONS, Type.READ, (reactions.receipt, is_cut_off))
        with pytest.raises(OperationalError):
            arrives(mail("The projector is dead"))
    assert Delivery.objects.filter(purpose="receipt").count() == 0
    while reactions.drain(now=NOW):
        pass
    assert Delivery.objects.filter(purpose="receipt").count() == 1
