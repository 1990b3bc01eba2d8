"""The one door of the room: a message goes in, a `Reading` comes out."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from homeroom.understanding import (
    language,
    mentions,
    parts,
    pressing,
    safety,
    turns,
    urgency,
    worry,
)
from homeroom.understanding.bank import key
from homeroom.understanding.encoders import Encoders, Vectors
from homeroom.understanding.matter import matter
from homeroom.understanding.named import Mention
from homeroom.understanding.service import Guess, Model

_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What arrived: `at` in the district's own time zone; `language_hint` = what is on file."""

    text: str
    at: datetime
    subject: str = ""
    channel: str = ""
    language_hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a district decided for a service: usual priority 1-4 and its raise_priority_if.

    `lean` is added to its log odds: what is known of this message beside its words.
    """

    priority: int = 3
    raise_if: tuple[str, ...] = ()
    lean: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Which encoders, which model and which words a reading came from, so it can be repeated."""

    encoders: str
    model: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a message that may be a request of its own, and what it is about, best first."""

    piece: parts.Piece
    services: tuple[Guess, ...]
    vector: Vectors = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one message means. `services` best first; `confidence` is the first's, 0 if none.

    `vector` is float32 from the encoders named in `trace`; `why` are plain English sentences for
    staff. `parts` are what the message could be taken apart into: two to four, or none.
    """

    language: language.Language
    mentions: tuple[Mention, ...]
    services: tuple[Guess, ...]
    confidence: float
    safety: safety.Safety
    urgency: urgency.Urgency
    vector: Vectors = field(repr=False, compare=False)
    why: tuple[str, ...]
    trace: Trace
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What of a message is encoded: its matter, its pieces, and a passage for the second watch.

    `pieces` are two to four or none; `aside` is empty unless the message is long.
    """

    gist: str
    pieces: tuple[parts.Piece, ...]
    aside: str

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts in the order in which `read` wants their vectors."""
        aside = (self.aside,) if self.aside else ()
        return (self.gist, *(piece.matter for piece in self.pieces), *aside)


def spoken(heard: Heard) -> Spoken:
    """What is encoded to read a message: nothing else of it is."""
    gist = matter(heard.subject, heard.text)
    return Spoken(
        gist=gist,
        pieces=parts.propose(heard.subject, heard.text),
        aside=worry.load().passage(_everything(heard), beside=gist),
    )


def read(
    heard: Heard,
    *,
    languages: Sequence[str],
    encoders: Encoders,
    model: Model,
    services: Mapping[str, Standing],
) -> Reading:
    """The meaning of a message for a district that offers these languages and services.

    The first language is the district's own, for when nothing shows which it is.
    """
    everything, said = _everything(heard), spoken(heard)
    gist = said.gist
    fallback = heard.language_hint or languages[0]
    told = language.identify(gist, offered=languages, fallback=fallback)
    vector, *others = encoders.encode(said.texts)
    predict = _predicting(model, told.code, services)
    guesses = predict(vector)
    named = mentions.extract(everything, at=heard.at)
    asides = [(others.pop(), said.aside)] if said.aside else []
    watched = _watched(everything, [(vector, gist), *asides], lang=told.code, model=model)
    usual = services[guesses[0].service] if guesses else Standing()
    weigh = functools.partial(urgency.weigh, default=usual.priority, raise_if=usual.raise_if)
    reads = _reads(vector, gist, fingerprint=encoders.fingerprint)
    presses = weigh(everything, named, at=heard.at, safety=watched, reads=reads)
    return Reading(
        language=told,
        mentions=named,
        services=guesses,
        confidence=guesses[0].probability if guesses else 0.0,
        safety=watched,
        urgency=presses,
        vector=vector,
        why=_why(guesses, watched, presses),
        trace=Trace(encoders=encoders.fingerprint, model=model.hash, words=key(gist)),
        parts=_apart(said.pieces, others, predict=predict),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What a past message teaches: its language, its vector, whether somebody had to look."""

    language: language.Language
    vector: Vectors = field(repr=False, compare=False)
    safety: safety.Safety


def glance(heard: Heard, *, languages: Sequence[str], encoders: Encoders, model: Model) -> Glance:
    """What `read` finds of the same, at the cost of one encoding: the rest is not looked for."""
    everything, gist = _everything(heard), matter(heard.subject, heard.text)
    told = language.identify(gist, offered=languages, fallback=heard.language_hint or languages[0])
    aside = worry.load().passage(everything, beside=gist)
    said = (gist, aside) if aside else (gist,)
    vectors = encoders.encode(said)
    passages = list(zip(vectors, said, strict=True))
    watched = _watched(everything, passages, lang=told.code, model=model)
    return Glance(language=told, vector=vectors[0], safety=watched)


def _apart(
    pieces: Sequence[parts.Piece],
    vectors: Sequence[Vectors],
    *,
    predict: Callable[[Vectors], tuple[Guess, ...]],
) -> tuple[Part, ...]:
    return tuple(
        Part(piece=piece, services=predict(vector), vector=vector)
        for piece, vector in zip(pieces, vectors, strict=True)
    )


def _predicting(
    model: Model, lang: str, services: Mapping[str, Standing]
) -> Callable[[Vectors], tuple[Guess, ...]]:
    """How the model judges texts of this message: among these services, as it leans to them."""
    leaning = {name: one.lean for name, one in services.items()}
    return functools.partial(model.predict, lang=lang, allowed=services.keys(), leaning=leaning)


def about(
    reading: Reading, part: Part, *, at: datetime, services: Mapping[str, Standing]
) -> Reading:
    """The reading of one part as a request of its own, said at `at`.

    What is named elsewhere in the message (a room, a pupil) holds for it too, unless it names
    something of that kind itself. Its safety is the whole message's.
    """
    own = mentions.extract(part.piece.said, at=at)
    kinds = {mention.kind for mention in own}
    usual = services[part.services[0].service] if part.services else Standing()
    presses = urgency.weigh(
        part.piece.said,
        own,
        at=at,
        default=usual.priority,
        raise_if=usual.raise_if,
        safety=reading.safety,
        reads=_reads(part.vector, part.piece.matter, fingerprint=reading.trace.encoders),
    )
    return replace(
        reading,
        mentions=(*own, *(one for one in reading.mentions if one.kind not in kinds)),
        services=part.services,
        confidence=part.services[0].probability if part.services else 0.0,
        urgency=presses,
        vector=part.vector,
        why=_why(part.services, reading.safety, presses),
        trace=replace(reading.trace, words=key(part.piece.matter)),
        parts=(),
    )


def _everything(heard: Heard) -> str:
    return f"{heard.subject}\n{heard.text}" if heard.subject else heard.text


def _watched(
    text: str, passages: Sequence[tuple[Vectors, str]], *, lang: str, model: Model
) -> safety.Safety:
    """What both watches say; the second only understands vectors of the packaged encoders."""
    watched, probe = safety.watch(text), worry.load()
    if probe.fingerprint != model.fingerprint or turns.is_manners(text):
        return watched  # "okay, thank you" is like nothing: the words alone decide
    verdicts = [probe.judge(model.seen(vector, lang), said) for vector, said in passages]
    gravest = max(verdicts, key=lambda one: one.score)
    level = gravest.level
    if level is safety.Level.PAGE and turns.points_back(passages[0][1]):
        level = safety.Level.LOOK  # what was told before says what it is: somebody reads both
    return safety.join(watched, level=level, kind=gravest.kind)


def _reads(vector: Vectors, text: str, *, fingerprint: str) -> urgency.Reads:
    """How much it reads like what cannot wait; only vectors of the packaged encoders say that."""
    probe = pressing.load()
    is_known = probe.fingerprint == fingerprint
    return probe.judge(vector, text) if is_known else urgency.Reads.CALM


def _why(
    guesses: Sequence[Guess], watched: safety.Safety, presses: urgency.Urgency
) -> tuple[str, ...]:
    sentences = [
        f"{'Most like' if place == 0 else 'Could also be'} {one.service} ({one.probability:.0%})."
        for place, one in enumerate(guesses[:_SHOWN])
        if place == 0 or one.probability >= 0.1
    ]
    if watched.kind is not None:
        shown = ", ".join(f"“{phrase.replace('~', '…')}”" for phrase in watched.phrases)
        sign = shown or "it reads like reports of danger"
        sentences.append(f"A person must look: {watched.kind.replace('_', ' ')} ({sign}).")
    sentences += [f"{reason.english}." for reason in presses.reasons]
    if presses.unknown:
        sentences.append(f"For you to judge: {'; '.join(presses.unknown)}.")
    return tuple(sentences)
