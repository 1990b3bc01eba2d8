"""From which likeness on two questions count as asking the same, for the list of what is missing.

`python -m evals.gaps` compares the written questions under `data/answers` pair by pair, district by
district: those about the same fact, those about other facts of the same service, and those of other
services.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from homeroom.knowledge import alike
from homeroom.understanding import bank
from homeroom.understanding.encoders import packaged
from homeroom.understanding.matter import matter
from homeroom.understanding.service import language_offsets

DATA = Path(__file__).parent / "data" / "answers"
TRIED = (0.4, 0.45, 0.5, 0.55, 0.6, 0.7)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def districts() -> Iterator[tuple[list[dict[str, Any]], dict[str, str]]]:
    """The questions that an article answers, and the service of each article."""
    for path in sorted(DATA.rglob("articles.jsonl")):
        services = {one["id"]: one.get("service", "") for one in rows(path)}
        asked = [
            one
            for name in ("questions", "spanish")
            if (file := path.with_name(f"{name}.jsonl")).exists()
            for one in rows(file)
            if one.get("article") in services and one.get("fact")
        ]
        yield asked, services


def main() -> None:
    lines = bank.load()
    accents = language_offsets(lines.vectors, [line.lang for line in lines.lines])
    pairs: dict[str, list[float]] = defaultdict(list)
    for asked, services in districts():
        vectors = packaged().encode([matter("", one["text"]) for one in asked])
        near = alike.likeness(vectors, [one.get("language", "en") for one in asked], accents)
        facts = [(one["article"], str(one["fact"])) for one in asked]
        for i, j in zip(*np.triu_indices(len(asked), 1), strict=True):
            is_near = services[facts[i][0]] == services[facts[j][0]]
            same = facts[i] == facts[j]
            kind = "same fact" if same else "same service" if is_near else "other service"
            pairs[kind].append(float(near[i, j]))
    print({kind: f"{len(some)} pairs" for kind, some in pairs.items()})
    for least in TRIED:
        shares = {kind: round(float(np.mean(np.array(v) >= least)), 4) for kind, v in pairs.items()}
        print(f"{least:.2f}{' *' if least == alike.SAME else '  '}", shares)


if __name__ == "__main__":
    main()
