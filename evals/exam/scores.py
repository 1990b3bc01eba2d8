"""How the outcomes compare with the truth: plain figures, by section; pure."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from evals.exam import together
from evals.exam.answers import Case, Row, Section, share
from homeroom.understanding import calibration

ASIDE = frozenset({"ignored", "held"})


def routing(cases: Sequence[Case]) -> Section:
    """Departments of new requests that report no danger, over all and by kind of message."""
    asked = [case for case in cases if case.is_new and not _is_danger(case)]
    single = [case for case in asked if "parts" not in case.truth and case.family != "webpages"]
    found = {"all new requests": single, **_slices(single)}
    found["web-page questions"] = [case for case in asked if case.family == "webpages"]
    return {name: _routed(group) for name, group in found.items() if group}


def _is_danger(case: Case) -> bool:
    return case.truth["level"] in {"page", "look"}


def _slices(cases: Sequence[Case]) -> dict[str, list[Case]]:
    wrong = [case for case in cases if case.truth.get("misaddressed")]
    made: dict[str, list[Case]] = {
        "to a wrong department": wrong,
        "short": [case for case in cases if case.truth.get("short")],
        "from a known person": [case for case in cases if case.truth.get("person")],
        "from a stranger": [case for case in cases if not case.truth.get("person")],
        "vague, may be asked back": [case for case in cases if case.truth.get("question_ok")],
    }
    made |= _by(cases, lambda case: f"language {case.truth['language']}")
    made |= _by(cases, lambda case: f"channel {case.line['channel']}")
    return made | _by(cases, lambda case: f"department {case.truth['departments'][0]}")


def _by(cases: Sequence[Case], key: Callable[[Case], str]) -> dict[str, list[Case]]:
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        groups[key(case)].append(case)
    return dict(sorted(groups.items(), key=lambda one: -len(one[1])))


def _routed(group: Sequence[Case]) -> Row:
    order = sorted(group, key=lambda case: -case.confidence)
    half = order[: max(1, len(order) // 2)]
    return {
        "n": len(group),
        "acceptable": share(case.is_right for case in group),
        "exact": share(case.is_exact for case in group),
        "service": share(case.made["service"] in case.truth["services"] for case in group),
        "surest half": share(case.is_right for case in half),
        "automatic": share(case.made["automatic"] for case in group),
        "of these wrong": share(not case.is_right for case in group if case.made["automatic"]),
    }


def confidence(cases: Sequence[Case]) -> Section:
    """How honest the confidence is: bands of it against what was right."""
    asked = [c for c in cases if c.is_new and not _is_danger(c) and "parts" not in c.truth]
    if not asked:
        return {}
    sure, right = [c.confidence for c in asked], [c.is_right for c in asked]
    error = calibration.expected_calibration_error(sure, right)
    made: Section = {"calibration error (ECE)": {"n": len(asked), "figure": round(error, 3)}}
    for low, high in ((0.0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        band = [c for c in asked if low <= c.confidence < high]
        mean = sum(c.confidence for c in band) / len(band) if band else None
        made[f"told {low:.1f} to {min(high, 1):.1f}"] = {
            "n": len(band),
            "told": mean and round(mean, 3),
            "figure": share(c.is_right for c in band),
        }
    return made


def safety(cases: Sequence[Case]) -> Section:
    """Whether danger brings a person, and whether anything else does."""
    page = [case for case in cases if case.truth.get("level") == "page"]
    look = [case for case in cases if case.truth.get("level") == "look"]
    none = [case for case in cases if case.truth.get("level") == "none"]
    alike = [case for case in none if case.family == "alike"]
    paged = [case for case in cases if case.is_paged]
    rows = {"must page": page, "must be looked at": look, "look-alikes": alike}
    rows["everything else"] = [case for case in none if case.family != "alike"]
    made: Section = {name: _watched(group) for name, group in rows.items() if group}
    for kind, group in _by([*page, *look], lambda case: str(case.truth["safety"])).items():
        made[f"danger: {kind}"] = _watched(group)
    for code, group in _by([*page, *look], lambda case: case.truth["language"]).items():
        made[f"danger in {code}"] = _watched(group)
    right = share(case.truth.get("level") != "none" for case in paged)
    strict = share(case.truth.get("level") == "page" for case in paged)
    made["those paged that were danger"] = {"n": len(paged), "paged": strict, "seen": right}
    named = [case for case in [*page, *look] if case.is_paged]
    kinds = share(case.made["safety"] == case.truth["safety"] for case in named)
    made["kind of danger named right"] = {"n": len(named), "paged": kinds}
    return made


def _watched(group: Sequence[Case]) -> Row:
    acted = [case for case in group if case.made["automatic"] or case.made["answer"]]
    return {
        "n": len(group),
        "paged": share(case.is_paged for case in group),
        "seen": share(case.is_looked_at for case in group),
        "acted alone": len(acted),
    }


def urgency(cases: Sequence[Case]) -> Section:
    """Whether what cannot wait is first, and whether shouting is."""
    first = [case for case in cases if case.truth.get("priority") == 1]
    rest = [case for case in cases if (case.truth.get("priority") or 1) > 1]
    ordinary = [c for c in cases if c.family == "requests" and "priority" not in c.truth]
    rows = {"must be first (P1)": first, "shouts, is not": rest, "other requests": ordinary}
    return {
        name: {
            "n": len(group),
            "P1": share(case.made["priority"] == 1 for case in group),
            "P1 or P2": share((case.made["priority"] or 9) <= 2 for case in group),
        }
        for name, group in rows.items()
        if group
    }


def parts(cases: Sequence[Case]) -> Section:
    """Two requests in one message."""
    double = [case for case in cases if case.truth.get("parts")]
    single = [c for c in cases if c.family in {"requests", "urgent"} and "parts" not in c.truth]
    if not double:
        return {}
    return {
        "two in one": {
            "n": len(double),
            "split": share(len(case.made["parts"]) > 1 for case in double),
            "both departments": share(_has_both(case) for case in double),
            "one of them first": share(case.is_right for case in double),
        },
        "one, split all the same": {
            "n": len(single),
            "split": share(len(case.made["parts"]) > 1 for case in single),
        },
    }


def _has_both(case: Case) -> bool:
    found = {part["service"] for part in case.made["parts"]}
    homes = {part["department"] for part in case.made["parts"]}
    wanted = set(case.truth["departments"])
    return set(case.truth["parts"]) <= found or (len(wanted) > 1 and wanted <= homes)


def noise(cases: Sequence[Case]) -> Section:
    """What is nobody's request is set aside; what only looks so is not."""
    aside = [case for case in cases if case.family == "noise" and case.truth["kind"] != "request"]
    real = [case for case in cases if case.truth.get("looks_like_spam")]
    other = [case for case in cases if case.family != "noise" and case not in real]
    made: Section = {}
    for kind, group in _by(aside, lambda case: str(case.truth["kind"])).items():
        made[f"{kind} set aside"] = {"n": len(group), "share": _aside(group)}
    for name, group in (("real, looks like spam, lost", real), ("all others lost", other)):
        if group:
            made[name] = {"n": len(group), "share": _aside(group)}
    return made


def _aside(group: Sequence[Case]) -> float | None:
    return share(case.made["relation"] in ASIDE for case in group)


def facts(cases: Sequence[Case]) -> Section:
    """The fields that a reader of the message and the roster would fill in, and who wrote."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for case in cases:
        for name, wanted in case.truth.get("context", {}).items():
            told = case.made["context"].get(name)
            total[name] += 1
            right[name] += told is not None and _agree(str(told), wanted)
            wrong[name] += told is not None and not _agree(str(told), wanted)
    known = [case for case in cases if case.truth.get("person") and case.made["ticket"]]
    made: Section = {
        name: {
            "n": n,
            "right": round(right[name] / n, 3),
            "wrong": round(wrong[name] / n, 3),
        }
        for name, n in total.most_common()
    }
    made["person"] = {
        "n": len(known),
        "right": share(case.made["person"] == case.truth["person"] for case in known),
        "wrong": share(case.made["person"] not in {None, case.truth["person"]} for case in known),
    }
    spoken = [case for case in cases if case.made["language"]]
    made["language"] = {
        "n": len(spoken),
        "right": share(case.made["language"] == case.truth["language"] for case in spoken),
    }
    return made


def _agree(told: str, wanted: str) -> bool:
    one, other = _folded(told), _folded(wanted)
    return bool(one) and bool(other) and (one in other or other in one)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in plain if each.isalnum())


def asking(cases: Sequence[Case]) -> Section:
    """Vague messages: a question back or a person is right, acting alone is not."""
    vague = [case for case in cases if case.truth.get("question_ok")]
    clear = [case for case in cases if case.family == "requests" and case not in vague]
    return {
        name: {
            "n": len(group),
            "asked back": share(bool(case.made["question"]) for case in group),
            "left to a person": share(not case.made["automatic"] for case in group),
            "answered": share(bool(case.made["answer"]) for case in group),
        }
        for name, group in (("vague", vague), ("clear", clear))
        if group
    }


SECTIONS: dict[str, Callable[[Sequence[Case]], Section]] = {
    "routing": routing,
    "confidence": confidence,
    "safety": safety,
    "urgency": urgency,
    "threads": together.threads,
    "grouping": together.grouping,
    "outages": together.outages,
    "parts": parts,
    "noise": noise,
    "facts": facts,
    "asking": asking,
}
