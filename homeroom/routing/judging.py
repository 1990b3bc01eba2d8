"""What a model says of past requests, all at once: for a duel, and for the proof of the gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from homeroom.routing.gate import folds
from homeroom.routing.labels import Known
from homeroom.routing.values import Offered
from homeroom.understanding import calibration, experience
from homeroom.understanding.service import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whom a model names: a department by its likeliest service, and how likely it is."""

    department: str
    service: str
    score: float


def judge(
    model: Model, asked: Sequence[Known], *, offered: Mapping[str, Offered]
) -> list[Verdict | None]:
    """As `decide` would: the department whose services are likeliest together.

    Nothing where the model knows none of the services offered.
    """
    columns = [place for place, name in enumerate(model.classes) if name in offered]
    if not columns or not asked:
        return [None] * len(asked)
    names = [model.classes[place] for place in columns]
    homes = [offered[name].department_source_id for name in names]
    departments = sorted(set(homes))
    share = np.array([[home == one for one in departments] for home in homes], np.float64)
    sight = experience.seen([one.past() for one in asked], model)
    leaning = [one.beside.leaning(offered) for one in asked]
    lean = np.array([[each.get(name, 0.0) for name in names] for each in leaning])
    logits, is_here = model.weigh(sight)
    chances = calibration.softmax(logits[:, columns] + lean) * is_here[:, None]
    found: list[Verdict | None] = []
    for row, whole in zip(chances, chances @ share, strict=True):
        best = int(whole.argmax())
        likeliest = int((row * share[:, best]).argmax())
        score = min(1.0, float(whole[best]))
        found.append(Verdict(department=departments[best], service=names[likeliest], score=score))
    return found


def crossed(cold: Model, known: Sequence[Known], *, offered: Mapping[str, Offered]) -> list[Known]:
    """The same in order of time, each decided by what was learned from the others.

    A fifth at a time, in blocks of time: what is told twice within a day does not vouch for itself.
    What the model does not have to decide keeps no score.
    """
    ordered = sorted(known, key=lambda one: one.at)
    found: list[Known] = []
    for first, end in folds(len(ordered)):
        others = [*ordered[:first], *ordered[end:]]
        model = experience.learn([one.past() for one in others], cold=cold)
        block = ordered[first:end]
        for one, said in zip(block, judge(model, block, offered=offered), strict=True):
            found.append(_decided(one, said, model=cold.hash))
    return found


def _decided(one: Known, said: Verdict | None, *, model: str) -> Known:
    if said is None or not one.is_decided:
        return replace(one, model="", department="", service="", score=None)
    return replace(
        one, model=model, department=said.department, service=said.service, score=said.score
    )
