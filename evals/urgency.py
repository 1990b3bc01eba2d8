"""How often what cannot wait is first, and what can wait is: `python -m evals.urgency`.

Our own messages (`data/urgency.jsonl`), each weighed as for a service whose usual priority is 3,
at twenty past nine on a Tuesday. Whoever grew the lists wrote these messages too: the table shows
what the lists were meant to hold, not what a stranger writes. That is for `evals.examination`.
"""

import argparse
import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from homeroom.understanding.mentions import extract
from homeroom.understanding.safety import watch
from homeroom.understanding.urgency import Urgency, weigh

DATA = Path(__file__).parent / "data" / "urgency.jsonl"
AT = datetime(2026, 10, 6, 9, 20, tzinfo=ZoneInfo("America/Chicago"))
NAMES = {1: "cannot wait (1)", 2: "a service stopped (2)", 3: "ordinary, shouted or not (3)"}


def weighed(text: str) -> Urgency:
    """The urgency of a text for a service of usual priority 3."""
    return weigh(text, extract(text, at=AT), at=AT, default=3, safety=watch(text))


def main() -> None:
    """Print the table; with --show, those that are told wrong."""
    parser = argparse.ArgumentParser(prog="python -m evals.urgency", description=__doc__)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    rows = [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
    print(f"{'':30}   n    P1    P2  rest")
    for priority, what in NAMES.items():
        group = [row for row in rows if row["priority"] == priority]
        found = [weighed(row["text"]).priority for row in group]
        shares = [found.count(1), found.count(2), sum(one > 2 for one in found)]
        print(f"{what:30} {len(group):3} {' '.join(f'{one / len(group):5.2f}' for one in shares)}")
        for row, one in zip(group, found, strict=True):
            if options.show and (one == 1) != (priority == 1):
                print("   ", one, row["text"], [r.english for r in weighed(row["text"]).reasons])


if __name__ == "__main__":
    main()
