"""What is kept before anybody says "got it": once, for everybody it was addressed to."""

import pytest

from homeroom.channels import envelopes
from homeroom.channels.models import Envelope
from homeroom.kit import clock

HELP, BUS, IT = (f"{name}@cedarvalley.example" for name in ("help", "bus", "it"))
PROJECTOR = b"Subject: Projector\r\n\r\nDead again in 214.\r\n"


def keep(*recipients: str, key: str | None = None) -> Envelope:
    return envelopes.keep(
        PROJECTOR, channel="email", form="rfc822", recipients=recipients, now=clock.now(), key=key
    )


@pytest.mark.django_db(transaction=True)
def test_recipients_of_one_mail_that_came_in_two_parts_are_joined() -> None:
    first, second, third = keep(HELP, BUS), keep(IT, BUS, IT), keep(HELP)
    assert first.pk == second.pk == third.pk
    assert Envelope.objects.get().recipients == [HELP, BUS, IT]


@pytest.mark.django_db(transaction=True)
def test_other_keys_are_other_envelopes_of_the_same_bytes() -> None:
    keep(HELP, key="imap:help/1/1")
    keep(IT, key="imap:it/1/1")
    assert [each.recipients for each in Envelope.objects.order_by("id")] == [[HELP], [IT]]
