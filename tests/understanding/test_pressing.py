from datetime import datetime

import pytest

from homeroom.understanding import pressing
from homeroom.understanding.encoders import Encoders
from homeroom.understanding.matter import matter
from homeroom.understanding.urgency import Reads, weigh


def reads(text: str, encoders: Encoders) -> Reads:
    said = matter("", text)
    return pressing.load().judge(encoders.encode([said])[0], said)


@pytest.mark.parametrize(
    "text",
    [
        "the panel went black and my 7th graders are all looking at me",
        "bus 9 left without my little boy and it is snowing",
        "water is dripping onto the server rack",
        "se fue la luz y los niños están en el pasillo",
    ],
)
def test_what_cannot_wait_is_felt_without_a_listed_word(text: str, encoders: Encoders) -> None:
    assert reads(text, encoders) >= Reads.LIKELY


@pytest.mark.parametrize(
    "text",
    [
        "what time does the spring concert start",
        "URGENT!!! I NEED THE DRESS CODE NOW!!!",
        "could you order more printer paper for next month",
        "quiero saber cuándo es la graduación",
    ],
)
def test_what_can_wait_is_not(text: str, encoders: Encoders) -> None:
    assert reads(text, encoders) < Reads.SURE


def test_how_it_reads_only_raises_and_only_what_is_reported(at: datetime) -> None:
    text = "my slides will not show"
    assert weigh(text, (), at=at, default=3, reads=Reads.SURE).priority == 1
    assert weigh(text, (), at=at, default=3, reads=Reads.LIKELY).priority == 3
    assert weigh(text, (), at=at, default=2, reads=Reads.LIKELY).priority == 1
    asked = "what time does it start"
    assert weigh(asked, (), at=at, default=3, reads=Reads.SURE).priority == 3
