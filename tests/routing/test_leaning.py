"""What is known beside the words leans the odds, and never decides alone."""

import pytest

from homeroom.routing.leaning import NOT_FOR_THEM, SENT_THERE, lean
from homeroom.routing.values import Offered


def offered(name: str, department: str, email: str, *audiences: str) -> Offered:
    return Offered(
        id=1,
        source_id=name,
        name=name.title(),
        team_id=1,
        team_source_id=f"{name}-team",
        team_name=f"The {name} team",
        team_email=email,
        department_id=1,
        department_source_id=department.casefold().replace(" ", "-"),
        department_name=department,
        audiences=audiences,
        sensitivity="internal",
        default_priority=3,
        required_context=(),
        raisers=(),
        first_response_hours=8,
        resolve_hours=24,
        hours="",
    )


PAY = offered("pay", "Human Resources", "payroll@lincoln.example", "staff")
BUS = offered("bus", "Transportation", "", "family", "student")
TALK = offered("talk", "Front Office", "")


@pytest.mark.parametrize(
    ("service", "audiences", "weight"),
    [
        (PAY, {"family"}, NOT_FOR_THEM),
        (PAY, {"staff"}, 0),
        (PAY, {"staff", "family"}, 0),
        (PAY, set(), 0),
        (BUS, {"staff"}, NOT_FOR_THEM),
        (TALK, {"staff"}, 0),
    ],
)
def test_a_service_for_others_is_less_likely_meant(
    service: Offered, audiences: set[str], weight: float
) -> None:
    assert lean(service, audiences=audiences, sent_to=()) == weight


@pytest.mark.parametrize(
    "address",
    ["Payroll@lincoln.example", "human.resources@lincoln.example", "human_resources@x.example"],
)
def test_the_address_written_to_is_a_hint(address: str) -> None:
    assert lean(PAY, audiences=(), sent_to=(address,)) == SENT_THERE
    assert lean(BUS, audiences=(), sent_to=(address,)) == 0


def test_no_address_is_no_hint() -> None:
    assert lean(BUS, audiences=(), sent_to=("", "@", "help@lincoln.example")) == 0


def test_what_is_known_never_outweighs_plain_words() -> None:
    """Even both together stay under the odds that clear words have (20 to 1)."""
    assert abs(SENT_THERE) + abs(NOT_FOR_THEM) < 3
