"""From which likeness on two questions count as asking the same, for the list of what is missing.

`python -m evals.gaps` compares the written questions of `data/answers` pair by pair: those about
the same fact (one in English, one in Spanish), those about other facts of the same service, and
those of other services.
"""

from pathlib import Path

import numpy as np

from evals import answers
from homeroom.knowledge import alike
from homeroom.understanding.matter import matter

TRIED = (0.4, 0.45, 0.5, 0.55, 0.6, 0.7)


def main(cache: Path | None = None) -> None:
    rows = [*answers.rows("questions"), *answers.rows("spanish")]
    services = {one["id"]: one["service"] for one in answers.rows("articles")}
    vectors = answers.encode([matter("", one["text"]) for one in rows], cache=cache)
    likeness = alike.likeness(vectors, [one["language"] for one in rows], answers.accents())
    facts = [(one["article"], one["fact"]) for one in rows]
    kinds: dict[str, list[float]] = {"same fact": [], "same service": [], "other service": []}
    for i, j in zip(*np.triu_indices(len(rows), 1), strict=True):
        near = services[facts[i][0]] == services[facts[j][0]]
        kind = "same fact" if facts[i] == facts[j] else "same service" if near else "other service"
        kinds[kind].append(likeness[i, j])
    print(f"{len(rows)} questions; pairs:", {kind: len(some) for kind, some in kinds.items()})
    for least in TRIED:
        shares = {
            kind: round(float(np.mean(np.array(some) >= least)), 4) for kind, some in kinds.items()
        }
        print(f"{least:.2f}{' *' if least == alike.SAME else '  '}", shares)


if __name__ == "__main__":
    main()
