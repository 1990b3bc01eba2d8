"""What learning proves: the gate after some hundred labels, through the commands, as a stranger.

`python -m evals.gate` takes the new requests of each examination district in order of time, hands
the first of them with their labels to `homeroom learn`, replays the rest before and after, and
prints what would have gone by itself, how much of it wrong, and how honest confidence is.
`--held` asks the same of lines of the phrase bank that nothing was learned from, for more labels
than the examination has; a few services are wanted most. The lines are oblique on purpose and none
comes twice: harder than a district's mail.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from evals import districts
from evals.exam import answers
from evals.exam.town import DATA, DISTRICTS
from evals.examination import homeroom, load
from evals.routing import catalogue
from homeroom.routing.gate import CLOSED, Gate, Scored, folds, prove
from homeroom.understanding import bank, experience
from homeroom.understanding.bank import STORED
from homeroom.understanding.calibration import error_bound, expected_calibration_error
from homeroom.understanding.encoders import Vectors, packaged
from homeroom.understanding.experience import Past
from homeroom.understanding.lessons import prepare
from homeroom.understanding.service import Model

LABELS = (300, 600)
LEFT = 150
"""A district needs at least so many requests after its labels to be judged by."""
HELD = (300, 800)
SHOWN = 400


def told(title: str, sure: Sequence[float], right: Sequence[bool], alone: Sequence[bool]) -> None:
    """Print one line of figures."""
    wrong = sum(one and not good for one, good in zip(alone, right, strict=True))
    count = sum(alone)
    order = np.argsort(-np.asarray(sure), kind="stable")
    errors = np.cumsum(~np.asarray(right)[order]) / np.arange(1, len(right) + 1)
    could = max((place + 1 for place, rate in enumerate(errors) if rate <= 0.03), default=0)
    print(
        f"{title:28} n {len(right):5}  right {np.mean(right):.3f}"
        f"  by itself {count / len(right):.2f}"
        f"  wrong of those {wrong}/{count} (at most {error_bound(wrong, count):.3f})"
        f"  ECE {expected_calibration_error(sure, right):.3f}"
        f"  largest share with 3 % wrong {could / len(right):.2f}"
    )


def examined(key: str, place: Path) -> None:
    """The gate of one examination district after each number of labels."""
    districts.write(key, place / key)
    given = [line for _, line in answers.messages(DATA / key) if _is_new(line)]
    for labels in LABELS:
        if len(given) - labels < LEFT:
            continue
        past, rest = given[:labels], given[labels:]
        home = place / f"{key}.{labels}"
        load(home, place / key)
        told(f"{key}, no history", *_replayed(home, rest))
        file = place / "past.jsonl"
        file.write_text("".join(json.dumps(_labelled(one)) + "\n" for one in past), "utf-8")
        seconds = homeroom(home, "learn", str(file))
        told(f"{key}, {labels} labels", *_replayed(home, rest))
        print(f"{'':28} learned in {seconds:.0f} s")


def _is_new(line: dict[str, Any]) -> bool:
    truth = line["truth"]
    return truth["relation"] == "opened" and bool(truth.get("departments"))


def _labelled(line: dict[str, Any]) -> dict[str, Any]:
    """With the labels a district's own records have: one department, one service."""
    truth = line["truth"]
    kept = {"department": truth["departments"][0], "service": truth.get("service")}
    return line | {"truth": {name: value for name, value in kept.items() if value}}


def _replayed(
    home: Path, lines: Sequence[dict[str, Any]]
) -> tuple[list[float], list[bool], list[bool]]:
    """How sure, whether right and whether alone, of those read as new requests."""
    asked, made = home.with_suffix(".jsonl"), home.with_suffix(".out.jsonl")
    asked.write_text("".join(answers.unlabelled([("", one) for one in lines])), "utf-8")
    homeroom(home, "replay", str(asked), "--out", str(made))
    found = [json.loads(text) for text in made.read_text("utf-8").splitlines()]
    pairs = [
        (one, line["truth"]["departments"])
        for one, line in zip(found, lines, strict=True)
        if one["relation"] == "opened" and not one["safety"]
    ]
    return (
        [one["confidence"] for one, _ in pairs],
        [one["department"] in owners for one, owners in pairs],
        [one["automatic"] for one, _ in pairs],
    )


def held(seed: int) -> None:
    """The gate over lines of the bank that neither the model nor an encoder learned from."""
    known = bank.load()
    rows = [row for row, line in enumerate(known.lines) if line.service and line.is_held]
    drawn = _drawn(rows, max(HELD) + SHOWN, known, random.Random(seed))
    cold = prepare(catalogue(), bank=known, encoders=packaged()).learn()
    shown = drawn[-SHOWN:]
    told("held, no history", *_shown([_named(cold, known, row) for row in shown], CLOSED))
    for labels in HELD:
        model, scored = _crossed(cold, known, drawn[:labels])
        after = [_named(model, known, row) for row in shown]
        told(f"held, {labels} labels", *_shown(after, prove(scored)))


def _drawn(rows: Sequence[int], count: int, known: bank.Bank, draw: random.Random) -> list[int]:
    """Different rows, of some services more than of others, in random order."""
    names = sorted({known.lines[row].service for row in rows})
    draw.shuffle(names)
    wanted = {name: (1 + rank) ** -0.9 for rank, name in enumerate(names)}
    # Exponential races: weighted drawing without putting back (Efraimidis and Spirakis 2006).
    order = sorted(rows, key=lambda row: draw.expovariate(wanted[known.lines[row].service]))
    first = order[:count]
    draw.shuffle(first)
    return first


def _shown(named: Sequence[Scored], gate: Gate) -> tuple[list[float], list[bool], list[bool]]:
    return (
        [gate.confidence(one.score) for one in named],
        [one.is_right for one in named],
        [gate.opens(one.department, one.score) for one in named],
    )


def _crossed(cold: Model, known: bank.Bank, rows: Sequence[int]) -> tuple[Model, list[Scored]]:
    """Each row scored by what was learned from the others, and the model of them all."""
    past = [
        Past(
            vector=_whole(known, row),
            lang=known.lines[row].lang,
            services=(known.lines[row].service,),
        )
        for row in rows
    ]
    scored: list[Scored] = []
    for first, end in folds(len(rows)):
        model = experience.learn([*past[:first], *past[end:]], cold=cold)
        scored += [_named(model, known, row) for row in rows[first:end]]
    return experience.learn(past, cold=cold), scored


def _whole(known: bank.Bank, row: int) -> Vectors:
    """The vector as encoders give it; of what the bank does not keep, nothing is seen."""
    return np.concatenate([np.zeros(STORED.start, np.float32), known.vectors[row]])


def _named(model: Model, known: bank.Bank, row: int) -> Scored:
    line = known.lines[row]
    shares: dict[str, float] = {}
    for guess in model.predict(_whole(known, row), line.lang):
        home = guess.service.split(".")[0]
        shares[home] = shares.get(home, 0.0) + guess.probability
    best = max(shares, key=lambda name: shares[name])
    right = best == line.service.split(".")[0]
    return Scored(department=best, score=min(1.0, shares[best]), is_right=right)


def main() -> None:
    """Learn, replay, print."""
    parser = argparse.ArgumentParser(prog="python -m evals.gate", description=__doc__)
    parser.add_argument("--district", choices=DISTRICTS, action="append")
    parser.add_argument("--held", action="store_true", help="only held lines of the bank")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.held:
        with threadpool_limits(1):
            held(options.seed)
        return
    with tempfile.TemporaryDirectory(prefix="homeroom-gate-") as folder:
        for key in options.district or DISTRICTS:
            examined(key, Path(folder).resolve())


if __name__ == "__main__":
    main()
