"""Several requests in one message are found, and one told at length stays one.

`python -m evals.parts` takes our own messages (`data/parts.jsonl`: 123 with two or three requests,
153 with one, many of them with "and" and "also"), read as a district without history would, over
the catalogue's services. The least probabilities in `homeroom.routing.apart` were chosen on these
messages; what a stranger's messages give is in `evals.examination`.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from evals.routing import AT, LANGUAGES, catalogue, learn
from homeroom.routing.apart import apart
from homeroom.understanding.encoders import packaged
from homeroom.understanding.reading import Heard, Part, Reading, Standing, read

DATA = Path(__file__).parent / "data" / "parts.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One message: the services it asks for, how it was read, and how it was taken apart."""

    text: str
    wanted: tuple[str, ...]
    reading: Reading
    parts: tuple[Part, ...]

    @property
    def named(self) -> set[str]:
        """The likeliest service of each part."""
        return {part.services[0].service for part in self.parts}


def home(service: str) -> str:
    """The department of a catalogue service: the first half of its name."""
    return service.partition(".")[0]


def cases() -> list[Case]:
    """Every message, read and taken apart."""
    services = catalogue()
    model = learn(services)
    standing = {one.service: Standing() for one in services}
    homes = {one.service: home(one.service) for one in services}
    found = []
    for line in DATA.read_text("utf-8").splitlines():
        row = json.loads(line)
        reading = read(
            Heard(text=row["text"], at=AT),
            languages=LANGUAGES,
            encoders=packaged(),
            model=model,
            services=standing,
        )
        parts = apart(reading.parts, homes=homes)
        found.append(
            Case(text=row["text"], wanted=tuple(row["parts"]), reading=reading, parts=parts)
        )
    return found


def has_all(case: Case) -> bool:
    """Whether every request is found: by its service, or by its department if these differ."""
    homes = set(map(home, case.wanted))
    named = set(map(home, case.named))
    by_home = len(homes) == len(case.wanted) and homes <= named
    return set(case.wanted) <= case.named or by_home


def main() -> None:
    """Print the table; with --show, what was taken apart wrongly."""
    parser = argparse.ArgumentParser(prog="python -m evals.parts", description=__doc__)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    every = cases()
    several = [case for case in every if len(case.wanted) > 1]
    single = [case for case in every if len(case.wanted) == 1]
    torn = [case for case in single if case.parts]
    print(f"\nseveral requests: {len(several)}")
    print(f"  taken apart     {sum(bool(case.parts) for case in several) / len(several):.2f}")
    print(f"  all of them found {sum(map(has_all, several)) / len(several):.2f}")
    print(f"one request: {len(single)}")
    print(f"  taken apart     {len(torn) / len(single):.3f}")
    print(f"  pieces read     {sum(bool(case.reading.parts) for case in single) / len(single):.2f}")
    for case in torn if options.show else ():
        print("   ", case.text, sorted(case.named))


if __name__ == "__main__":
    main()
