"""A question without a request: answered at once, from what this viewer may see, and not kept."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from homeroom.district.permissions import Viewer
from homeroom.knowledge import barred
from homeroom.knowledge.answering import Answer, Suggestion, answer
from homeroom.knowledge.scoring import Question
from homeroom.pipeline import answering, minds, surroundings
from homeroom.pipeline.surroundings import Surroundings
from homeroom.understanding import language, safety
from homeroom.understanding.matter import matter
from homeroom.understanding.safety import Level

LONGEST = 2_000
"""Characters of a question; more is a letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the articles say to a question, and what else might help."""

    answer: Answer | None
    suggestions: tuple[Suggestion, ...]
    language: str
    """Of the question."""
    services: tuple[str, ...] = ()
    """What it is surely enough about, the likeliest first; none where danger is in the words."""
    why_not: str = ""
    """Why a person must answer, when one must: danger, service, or a subject of `barred`."""


_house: Surroundings | None = None
_turn = threading.Lock()


def house_now(*, now: datetime) -> Surroundings:
    """This process's surroundings, read again every half minute."""
    global _house  # noqa: PLW0603  one set of shelves per process is the point
    with _turn:
        _house = surroundings.look(encoders=minds.encoders(), now=now, before=_house)
        return _house


def ask(text: str, *, viewer: Viewer, now: datetime, hint: str = "") -> Asked:
    """What this viewer may be told about it; `hint` is the language they use our pages in."""
    house = house_now(now=now)
    gist = matter("", text[:LONGEST])
    spoken = language.identify(gist, offered=house.languages, fallback=hint or house.languages[0])
    if house.model is None or house.library is None or not gist:
        return Asked(answer=None, suggestions=(), language=spoken.code)
    if safety.watch(text).level is not Level.NONE:
        return Asked(answer=None, suggestions=(), language=spoken.code, why_not="danger")
    vector = house.encoders.encode([gist])[0]
    services = {
        one.service: one.probability
        for one in house.model.predict(vector, spoken.code, allowed=house.offered.keys())
    }
    why_not = _why_not(text, services, house=house, viewer=viewer)
    question = Question(text=gist, vector=vector, language=spoken.code, services=services)
    found = answer(
        question,
        shelf=house.library.meant(question, viewer=viewer, now=now.astimezone(house.zone)),
        accents=house.library.accents,
        reader=minds.reader(),
    )
    is_told = isinstance(found, Answer) and not why_not
    return Asked(
        answer=found if isinstance(found, Answer) and is_told else None,
        suggestions=() if why_not in answering.SILENT else found.suggestions,
        language=spoken.code,
        services=tuple(name for name, chance in services.items() if chance >= answering.LIKELY),
        why_not=why_not,
    )


def _why_not(
    text: str, services: Mapping[str, float], *, house: Surroundings, viewer: Viewer
) -> str:
    likely = [name for name, chance in services.items() if chance >= answering.LIKELY]
    if any(answering.only_people(name, house=house) for name in likely):
        return "service"
    return barred.reason(text, is_verified=viewer.person_id is not None)
