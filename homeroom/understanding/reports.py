"""The danger bank: written reports of danger, and ordinary messages that only sound like it."""

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from homeroom.understanding.encoders import DATA

_LINES: Final = DATA / "danger"
_HELD: Final = 51
"""Of 256 groups of lines, so many are never learned from: thresholds are set on a fifth."""

NONE: Final = "none"
"""The kind and the level of what is no report."""

NEAR: Final = frozenset(
    {
        "ath.eligibility", "com.website", "enr.absence", "enr.address_change", "enr.records",
        "enr.transfer", "fac.custodial", "fac.doors_locks", "fac.electrical", "fac.grounds",
        "fac.pests", "fac.plumbing", "fac.too_hot_cold", "fac.water_air_quality", "front.closure",
        "front.message_to_teacher", "health.illness_report", "health.medication", "hr.complaint",
        "it.phishing", "it.web_filter", "nut.kitchen_equipment", "nut.meal_account",
        "nut.menu_diet", "sped.records", "sped.services", "stu.counseling", "stu.homeless_foster",
        "sup.complaint", "sup.compliment", "tra.bus_late", "tra.driver_conduct", "tra.field_trip",
        "tra.lost_item", "tra.special_transport", "tra.stop_change",
    }
)  # fmt: skip
"""Entries of the phrase bank whose lines now and then tell of danger themselves ("an older boy hit
her on the bus"): nobody labelled which, so they are no examples of harmless messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One written message: the danger it tells of (or NONE), and what must happen.

    `level` is page (a person is alarmed), look (a person reads it first) or none.
    """

    danger: str
    level: str
    lang: str
    voice: str
    channel: str
    text: str

    @property
    def is_held(self) -> bool:
        """Whether it is kept from all learning, with all that its like wrote of this danger.

        The lines of the smaller languages tell the same few stories in each: none is held.
        """
        if self.lang not in {"en", "es"}:
            return False
        name = f"{self.danger}/{self.voice}/{self.channel}"
        return hashlib.sha256(name.encode()).digest()[0] < _HELD


def read_reports() -> tuple[Report, ...]:
    """Every line of `data/danger/*.jsonl`, in file order."""
    rows = [
        json.loads(row)
        for path in sorted(_LINES.glob("*.jsonl"))
        for row in path.read_text("utf-8").splitlines()
    ]
    return tuple(Report(**row) for row in rows)
