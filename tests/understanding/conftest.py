"""One pair of encoders, one bank and one small district for the whole room."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from homeroom.understanding import bank as banks
from homeroom.understanding.bank import Bank
from homeroom.understanding.encoders import Encoders, packaged
from homeroom.understanding.lessons import Lessons, Phrase, ServiceText, prepare
from homeroom.understanding.service import Model

# A district with its own names: some say what they are like, two share one, one says nothing.
DISTRICT = {
    "classroom-screens": ("Help with a classroom screen or sound", "it.projector_av"),
    "heat": ("Room too hot or too cold", "fac.too_hot_cold"),
    "late-bus": ("My bus is late or did not come", "tra.bus_late"),
    "games": ("Game times and tickets", "ath.tickets"),
    "danger": ("Tell us about danger", "safety.threat"),
    "paper-jams": ("Copier jams and paper", "it.printer"),
    "print-drivers": ("Cannot find or add a printer on my laptop", "it.printer"),
    "pay": ("Paycheck, direct deposit, deductions from my pay", None),
    "planetarium": ("Book the planetarium dome for a star show", None),
}


@pytest.fixture(scope="session")
def encoders() -> Encoders:
    return packaged()


@pytest.fixture(scope="session")
def bank() -> Bank:
    return banks.load()


@pytest.fixture(scope="session")
def services() -> Sequence[ServiceText]:
    return [
        ServiceText(service=name, texts=(Phrase(text=text, lang="en"),), like=like)
        for name, (text, like) in DISTRICT.items()
    ]


@pytest.fixture(scope="session")
def lessons(services: Sequence[ServiceText], bank: Bank, encoders: Encoders) -> Lessons:
    return prepare(services, bank=bank, encoders=encoders)


@pytest.fixture(scope="session")
def model(lessons: Lessons) -> Model:
    return lessons.learn()


@pytest.fixture
def at() -> datetime:
    """A Monday morning in October, in the district's own zone."""
    return datetime(2026, 10, 5, 9, 20, tzinfo=ZoneInfo("America/Chicago"))
