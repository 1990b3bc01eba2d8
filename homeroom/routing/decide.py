"""Who gets it, how urgent it is and how sure we are: rules first, then the learned model; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from homeroom.routing.gate import Gate
from homeroom.routing.rules import Exceptional
from homeroom.routing.values import Decision, Offered, Option
from homeroom.understanding.reading import Reading
from homeroom.understanding.safety import Level
from homeroom.understanding.service import Guess

SHOWN = 3
"""Suggestions a person sees: as many as one keystroke can choose from without reading a list."""

SAID = 0.6
"""Confidence that listed words of danger are the watchers': of the messages that called people in
Larkspur's examination 64 in 100 were reports, in Tall Grass's 35. They are called all the same."""


def decide(
    reading: Reading,
    *,
    offered: Mapping[str, Offered],
    rule: Exceptional | None,
    gate: Gate,
    model: str,
    chosen: Offered | None = None,
) -> Decision:
    """Where this goes and why; a person sees what is dangerous, or unsure and not `chosen`."""
    options = _options(reading, offered)
    named = likeliest(reading.services, offered)
    score = named.score if named else 0.0
    danger = reading.safety.level is not Level.NONE
    first = options[0].service if options else None
    home = first.department_source_id if first else ""
    confidence = gate.confidence(score) if first else 0.0
    if rule is not None:
        return _by_rule(reading, offered, rule, options)
    if reading.safety.level is Level.PAGE:
        return _by_danger(reading, offered, options, confidence=confidence, model=model)
    if chosen is not None:
        return _by_choice(reading, chosen)
    is_automatic = first is not None and gate.opens(home, score) and not danger
    return Decision(
        options=options,
        team_id=first.team_id if first and is_automatic else None,
        service=first,
        confidence=confidence,
        is_automatic=is_automatic,
        priority=reading.urgency.priority,
        why=(*_why_model(options, confidence), *_why_rest(reading)),
        by="model",
        model=model,
        score=score,
        threshold=gate.threshold(home),
        calibration=gate.name,
        sensitivity=first.sensitivity if first else "internal",
        safety="",
    )


def _options(reading: Reading, offered: Mapping[str, Offered]) -> tuple[Option, ...]:
    """What a person may choose from: the likeliest department's best service, then the others."""
    named = likeliest(reading.services, offered)
    if named is None:
        return ()
    others = [one for one in reading.services if one.service in offered and one != named.guess]
    return tuple(
        Option(service=offered[one.service], confidence=one.probability)
        for one in [named.guess, *others][:SHOWN]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The likeliest department: by its best service, and how likely all its services are."""

    guess: Guess
    department: str
    score: float


def likeliest(guesses: Sequence[Guess], offered: Mapping[str, Offered]) -> Named | None:
    """Whom the model names, of the services offered; nothing when it knows none of them.

    A department of many services may be likelier than that of the one likeliest service.
    """
    shares: dict[str, float] = {}
    best: dict[str, Guess] = {}
    for guess in guesses:
        if guess.service in offered:
            name = offered[guess.service].department_source_id
            shares[name] = shares.get(name, 0.0) + guess.probability
            best.setdefault(name, guess)
    if not shares:
        return None
    home = max(shares, key=lambda name: shares[name])
    return Named(guess=best[home], department=home, score=min(1.0, shares[home]))


def _by_rule(
    reading: Reading,
    offered: Mapping[str, Offered],
    rule: Exceptional,
    options: tuple[Option, ...],
) -> Decision:
    """What an administrator decided; danger still brings a person to look."""
    danger = _danger(reading)
    named = next((one for one in offered.values() if one.id == rule.service_id), None)
    service = named or (options[0].service if options else None)
    team_id = rule.team_id or (named.team_id if named else None)
    chosen = (Option(service=named, confidence=1.0),) if named else ()
    return Decision(
        options=(*chosen, *(option for option in options if option.service != named))[:SHOWN],
        team_id=team_id,
        service=service,
        confidence=1.0 if team_id else 0.0,
        is_automatic=team_id is not None and reading.safety.level is Level.NONE,
        priority=min(rule.priority or 4, reading.urgency.priority)
        if danger
        else rule.priority or reading.urgency.priority,
        why=(f"The rule “{rule.name}” says so.", *_why_rest(reading)),
        by="rule",
        rule_id=rule.id,
        sensitivity=service.sensitivity if service else "internal",
        safety=_danger(reading),
    )


def _by_choice(reading: Reading, chosen: Offered) -> Decision:
    """Where whoever asks sent it, by the form they chose; a sign of danger brings a look."""
    is_calm = reading.safety.level is Level.NONE
    return Decision(
        options=(Option(service=chosen, confidence=1.0),),
        team_id=chosen.team_id if is_calm else None,
        service=chosen,
        confidence=1.0,
        is_automatic=is_calm,
        priority=reading.urgency.priority,
        why=(f"They filled in the form “{chosen.name}”.", *_why_rest(reading)),
        by="form",
        sensitivity=chosen.sensitivity,
    )


def _by_danger(
    reading: Reading,
    offered: Mapping[str, Offered],
    options: tuple[Option, ...],
    *,
    confidence: float,
    model: str,
) -> Decision:
    """Danger goes to the people who watch for it, at once, and stays restricted.

    Listed words also say whose it is. Where it only reads like a report, they hold it, and the
    model's guess says to whom they may hand it on when it is none.
    """
    watchers = [one for one in offered.values() if one.sensitivity == "safety"]
    watcher = next(
        (option.service for option in options if option.service in watchers),
        min(watchers, key=lambda one: one.source_id) if watchers else None,
    )
    is_said = bool(reading.safety.phrases) or not options
    theirs = (Option(service=watcher, confidence=SAID if is_said else 0.0),) if watcher else ()
    others = tuple(option for option in options if option.service != watcher)
    if is_said or (options and options[0].service == watcher):
        shown = (*theirs, *others)[:SHOWN]
    else:
        shown = (*others[: SHOWN - len(theirs)], *theirs)
    return Decision(
        options=shown,
        team_id=watcher.team_id if watcher else None,
        service=shown[0].service if shown else None,
        confidence=SAID if theirs and is_said else confidence,
        is_automatic=False,
        priority=1,
        why=tuple(_why_rest(reading)),
        by="rule",
        model=model,
        sensitivity="safety",
        safety=_danger(reading),
    )


def _danger(reading: Reading) -> str:
    """The kind of danger that people are called for; weaker signs only bring a look."""
    kind, level = reading.safety.kind, reading.safety.level
    return kind.value if kind is not None and level is Level.PAGE else ""


def _why_model(options: Sequence[Option], confidence: float) -> list[str]:
    if not options:
        return ["Nothing we offer is like this message."]
    first = options[0]
    share, department = in_a_hundred(confidence), first.service.department_name
    return [f"The words fit “{first.service.name}”, {share} in 100 sure of {department}."]


def in_a_hundred(share: float) -> int:
    """A share for people to read: 1 to 99, as what was learned is never certain."""
    return min(99, max(1, round(100 * share)))


def _why_rest(reading: Reading) -> list[str]:
    sentences = []
    if reading.safety.kind is not None:
        shown = ", ".join(f"“{phrase.replace('~', '…')}”" for phrase in reading.safety.phrases[:3])
        sentences.append(f"A person must look: words of danger ({shown}).")
    sentences += [
        f"{reason.english}." for reason in reading.urgency.reasons if reason.key != "usual"
    ]
    if reading.urgency.unknown:
        sentences.append(f"For you to judge: {'; '.join(reading.urgency.unknown)}.")
    return sentences
