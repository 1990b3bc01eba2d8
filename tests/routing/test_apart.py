import numpy as np

from homeroom.routing.apart import apart
from homeroom.understanding.parts import Piece
from homeroom.understanding.reading import Part
from homeroom.understanding.service import Guess

HOMES = {"screens": "it", "wifi": "it", "heat": "fac", "late-bus": "tra"}


def part(said: str, *, marked: bool = False, **chances: float) -> Part:
    ranked = sorted(chances.items(), key=lambda one: -one[1])
    return Part(
        piece=Piece(said=said, matter=said, is_marked=marked),
        services=tuple(
            Guess(service=name.replace("_", "-"), probability=chance) for name, chance in ranked
        ),
        vector=np.zeros(3, np.float32),
    )


def test_two_teams_work_is_two_requests() -> None:
    screen, bus = part("no picture", screens=0.8), part("no bus", late_bus=0.9)
    assert apart([screen, bus], homes=HOMES) == (screen, bus)


def test_one_teams_work_told_twice_is_one_request() -> None:
    assert apart([part("dead", screens=0.8), part("black", screens=0.7)], homes=HOMES) == ()


def test_two_services_of_a_department_are_two_requests() -> None:
    found = apart([part("dead", screens=0.8), part("offline", wifi=0.7)], homes=HOMES)
    assert [each.piece.said for each in found] == ["dead", "offline"]


def test_what_is_not_sure_stays_together_and_announced_things_need_less() -> None:
    screen = part("no picture", screens=0.8)
    assert apart([screen, part("and cold", heat=0.4, screens=0.2)], homes=HOMES) == ()
    announced = part("also cold", marked=True, heat=0.4, screens=0.2)
    assert apart([screen, announced], homes=HOMES) == (screen, announced)


def test_background_stays_with_the_piece_before_it() -> None:
    told = [part("no picture", screens=0.8), part("no bus", late_bus=0.9), part("why", heat=0.2)]
    first, second = apart(told, homes=HOMES)
    assert (first.piece.said, second.piece.said) == ("no picture", "no bus why")
    assert second.services[0].service == "late-bus"


def test_what_the_district_does_not_offer_is_no_request() -> None:
    assert apart([part("a", screens=0.9), part("b", dome=0.9)], homes=HOMES) == ()
    assert apart([], homes=HOMES) == ()
