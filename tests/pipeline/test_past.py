"""A past that is loaded beside live work: nobody hears of it, and nobody is forgotten over it."""

import pytest
from django.db import transaction

from homeroom.channels.models import Delivery
from homeroom.kit import clock
from homeroom.pipeline import history, reactions
from homeroom.tickets import log
from homeroom.tickets.models import Event
from tests.cast import NOW, assemble
from tests.pipeline.test_story import arrives, mail

pytestmark = pytest.mark.django_db(transaction=True)

AT = NOW.isoformat()
STORY = {
    "id": "old-1",
    "subject": "Projector dead",
    "text": "The projector in 214 is dead.",
    "from": {"name": "Dana Lee", "email": "dana.lee@cedarvalley.example"},
    "truth": {"service": "", "priority": 3},
    "messages": [
        {
            "kind": "in",
            "channel": "email",
            "by": None,
            "text": "The projector in 214 is dead.",
            "at": AT,
        }
    ],
    "turns": [],
    "status": "open",
    "outcome": "",
    "language": "en",
    "channel": "email",
    "opened_at": AT,
    "first_reply_at": None,
    "resolved_at": None,
    "closed_at": None,
    "school": None,
    "place": None,
    "asset": None,
    "assignee": None,
}


def test_who_wrote_just_before_a_past_was_loaded_still_hears(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assemble()
    with clock.at(NOW):
        with monkeypatch.context() as busy:  # the worker has not come to it yet
            busy.setattr(reactions, "drain", lambda **_: 0)
            arrives(mail("The bus did not come", Subject="Bus 12"))
        assert Delivery.objects.count() == 0
        with transaction.atomic():
            assert history.bring([STORY], now=NOW) == 1
        loaded = Event.objects.latest("pk")
        while reactions.drain(now=NOW):
            pass
    assert list(Delivery.objects.values_list("purpose", flat=True)) == ["receipt"]
    with transaction.atomic():
        assert loaded.pk not in [event.pk for event in log.follow(reactions.READER)]
    with clock.at(NOW):
        arrives(mail("The heating is out", Subject="Cold", Id="<second@cedarvalley.example>"))
    assert Delivery.objects.filter(purpose="receipt").count() == 2
