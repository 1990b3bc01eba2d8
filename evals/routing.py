"""How well an unseen district's requests find their department, with no history of its own.

`python -m evals.routing` learns from the phrase bank alone and prints accuracy on messages of a
different author (`evals/data/dev.jsonl`: oblique, with signatures, asides and wrong subjects), on
the hard cases, and what a read costs. Nothing is tuned on these figures: the strength and the
weights of the model are chosen by held-out folds over the bank.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from threadpoolctl import threadpool_limits

from homeroom.understanding import bank, calibration
from homeroom.understanding.encoders import packaged
from homeroom.understanding.lessons import Phrase, ServiceText, prepare
from homeroom.understanding.reading import Heard, Reading, Standing, read
from homeroom.understanding.service import Model

DATA = Path(__file__).parent / "data"
AT = datetime(2026, 10, 6, 9, 20, tzinfo=ZoneInfo("America/Chicago"))
LANGUAGES = ("en", "es", "zh", "vi", "ar", "ht", "so", "pt", "fr", "ru", "ko", "tl")
SURE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A labelled message and what was read in it."""

    departments: tuple[str, ...]
    services: tuple[str, ...]
    voice: str
    channel: str
    lang: str
    heard: Heard
    reading: Reading

    @property
    def department(self) -> tuple[str, float]:
        """The likeliest department and its probability: its services' added up."""
        return ranked_departments(self.reading)[0]


def ranked_departments(reading: Reading) -> list[tuple[str, float]]:
    """Departments by the sum of their services' probabilities."""
    sums: dict[str, float] = defaultdict(float)
    for guess in reading.services:
        sums[guess.service.split(".")[0]] += guess.probability
    return sorted(sums.items(), key=lambda one: -one[1])


def catalogue() -> list[ServiceText]:
    """The researched catalogue's services in their own words, as a district would list them."""
    texts: dict[str, list[Phrase]] = defaultdict(list)
    for line in bank.read_lines():
        if line.voice == "catalogue":
            texts[line.service].append(Phrase(text=line.text, lang=line.lang))
    return [
        ServiceText(service=name, texts=tuple(phrases), like=name)
        for name, phrases in sorted(texts.items())
    ]


def learn(services: Sequence[ServiceText]) -> Model:
    """The model of these services, with what it cost."""
    lessons = prepare(services, bank=bank.load(), encoders=packaged())
    began = time.process_time()
    model = lessons.learn()
    cost = time.process_time() - began
    print(f"fit: {cost:.1f} s CPU; T {model.temperature:.2f}")
    return model


def cases(model: Model, services: Sequence[ServiceText]) -> list[Case]:
    """Every labelled message, read."""
    standing = {one.service: Standing() for one in services}
    found: list[Case] = []
    for row in _rows("dev.jsonl"):
        heard = Heard(text=row["text"], subject=row["subject"], at=AT, channel=row["channel"])
        reading = read(
            heard, languages=LANGUAGES, encoders=packaged(), model=model, services=standing
        )
        found.append(
            Case(
                departments=tuple(row["departments"]),
                services=tuple(row["services"]),
                voice=row["voice"],
                channel=row["channel"],
                lang=row["lang"],
                heard=heard,
                reading=reading,
            )
        )
    return found


def table(title: str, every: Sequence[Case], by: Callable[[Case], str]) -> None:
    """Print accuracy by one property of the messages."""
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in every:
        groups[by(case)].append(case)
    print(f"\n{title:12}    n  dept exact service top 3 language")
    for name, group in sorted(groups.items(), key=lambda one: -len(one[1])):
        print(f"{name:12} {len(group):4} {_line(group)}")


def _line(group: Sequence[Case]) -> str:
    def share(right: Iterable[bool]) -> str:
        return f"{sum(right) / len(group):.2f}"

    return (
        f"{share(c.department[0] in c.departments for c in group):>5} "
        f"{share(c.department[0] == c.departments[0] for c in group):>5} "
        f"{share(c.reading.services[0].service in c.services for c in group):>7} "
        f"{share(any(g.service in c.services for g in c.reading.services[:3]) for c in group):>5} "
        f"{share(c.reading.language.code == c.lang for c in group):>8}"
    )


def confidence(every: Sequence[Case]) -> None:
    """Print how honest the confidence is, and what acting alone above SURE would have got wrong."""
    sure = [case.department[1] for case in every]
    right = [case.department[0] in case.departments for case in every]
    order = sorted(range(len(every)), key=lambda one: -sure[one])
    half = order[: len(order) // 2]
    error = calibration.expected_calibration_error(sure, right)
    alone = [right[one] for one in order if sure[one] >= SURE]
    wrong = len(alone) - sum(alone)
    surest = sum(right[one] for one in half) / len(half)
    bound = calibration.error_bound(wrong, len(alone))
    print(f"\nsurest half acceptable {surest:.2f}, ECE {error:.3f}")
    print(f"above {SURE}: {len(alone)} of {len(every)}, {wrong} wrong, at most {bound:.3f} (95 %)")


def danger(every: Sequence[Case]) -> None:
    """Print how often a person is brought, on reports of danger and on everything else."""
    for name, group in (
        ("reports of danger", [case for case in every if "safety.threat" in case.services]),
        ("everything else", [case for case in every if "safety" not in case.departments]),
    ):
        levels = [case.reading.safety.level.value for case in group]
        print(f"{name}: {len(group)}, page {levels.count('page')}, look {levels.count('look')}")


def hard(model: Model, services: Sequence[ServiceText]) -> None:
    """Print what is made of each hard case."""
    standing = {one.service: Standing() for one in services}
    print("\nhard cases")
    for row in _rows("hard_cases.jsonl"):
        heard = Heard(text=row["text"], at=AT, channel=row["channel"])
        reading = read(
            heard, languages=LANGUAGES, encoders=packaged(), model=model, services=standing
        )
        best = reading.services[0]
        fits = "-" if not row["types"] else "yes" if best.service in row["types"] else "no"
        print(
            f"{fits:3} {row['expect']:22} {best.service:24} {best.probability:.2f} "
            f"{reading.safety.level:4} {row['text'][:60]}"
        )


def cost(every: Sequence[Case], model: Model) -> None:
    """Print CPU time of one read, single thread."""
    standing = {name: Standing() for name in model.classes}
    began = time.process_time()
    for case in every:
        read(case.heard, languages=LANGUAGES, encoders=packaged(), model=model, services=standing)
    whole = (time.process_time() - began) / len(every) * 1000
    spoken = [case.heard.text for case in every]
    began = time.process_time()
    for text in spoken:
        packaged().encode([text])
    encoders = (time.process_time() - began) / len(every) * 1000
    print(f"\nread: {whole:.1f} ms CPU a message, of which encoders about {encoders:.1f} ms")


def _rows(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def main() -> None:
    """Learn, read, print."""
    with threadpool_limits(1):
        services = catalogue()
        model = learn(services)
        every = cases(model, services)
        table("all", every, lambda _: "all")
        table("language", every, lambda case: case.lang)
        table("voice", every, lambda case: case.voice)
        table("channel", every, lambda case: case.channel)
        table("department", every, lambda case: case.departments[0])
        confidence(every)
        danger(every)
        hard(model, services)
        cost(every, model)
        print("\nthe same district when no service says what it is like")
        unlike = [replace(one, like=None) for one in services]
        table("by meaning", cases(learn(unlike), unlike), lambda _: "all")


if __name__ == "__main__":
    main()
