"""Whether what belongs together was put together: episodes, look-alike pairs, outages; pure."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from evals.exam.answers import Case, Row, Section, share


def threads(cases: Sequence[Case]) -> Section:
    """Whether what belongs together was put together, and nothing else."""
    first: dict[str, Case] = {}
    linked: dict[str, list[bool]] = defaultdict(list)
    kinds: dict[str, list[bool]] = defaultdict(list)
    for case in cases:
        base = first.setdefault(case.truth["group"], case)
        if base is not case and case.family not in {"outages", "noise"}:
            linked[str(case.truth.get("tie") or case.truth["relation"])].append(
                case.group == base.group
            )
        if case.truth["kind"] != "request" and case.family != "noise":
            kinds[case.truth["kind"]].append(case.made["kind"] == case.truth["kind"])
    made: Section = {
        name: {"n": len(group), "together": share(group)} for name, group in linked.items()
    }
    made |= {
        f"called a {name}": {"n": len(group), "together": share(group)}
        for name, group in kinds.items()
    }
    apart = _pairs(cases)
    if apart:
        made["look-alike pairs kept apart"] = {"n": len(apart), "together": share(apart)}
    return made


def _pairs(cases: Sequence[Case]) -> list[bool]:
    pairs: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if "apart" in case.truth:
            pairs[case.truth["apart"]].append(case)
    return [len({case.group for case in pair}) == len(pair) for pair in pairs.values()]


def grouping(cases: Sequence[Case]) -> Section:
    """B-cubed over all that is no noise: precision falls by wrong joins, recall by missed ones."""
    every = [case for case in cases if case.family != "noise"]
    made: Section = {}
    for name, some in (
        ("all", every),
        ("outages", [case for case in every if case.truth.get("incident")]),
        ("episodes", [case for case in every if case.family in {"episodes", "pairs"}]),
    ):
        if some:
            made[name] = _b_cubed(some, every)
    return made


def _b_cubed(some: Sequence[Case], every: Sequence[Case]) -> Row:
    ours = Counter(case.group for case in every)
    theirs = Counter(case.truth["group"] for case in every)
    both = Counter((case.group, case.truth["group"]) for case in every)
    common = [both[case.group, case.truth["group"]] for case in some]
    exact = sum(n / ours[case.group] for n, case in zip(common, some, strict=True)) / len(some)
    whole = sum(
        n / theirs[case.truth["group"]] for n, case in zip(common, some, strict=True)
    ) / len(some)
    mean = 2 * exact * whole / (exact + whole)
    return {
        "n": len(some),
        "precision": round(exact, 3),
        "recall": round(whole, 3),
        "F1": round(mean, 3),
    }


def outages(cases: Sequence[Case]) -> Section:
    """For each disruption: how much of it is together, and how soon it was called one."""
    reports: dict[str, list[Case]] = defaultdict(list)
    members: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if case.truth.get("incident"):
            reports[case.truth["incident"]].append(case)
        if case.made["incident"]:
            members[case.made["incident"]].append(case)
    made: Section = {name: _outage(group) for name, group in reports.items()}
    false = [
        name
        for name, group in members.items()
        if sum(bool(case.truth.get("incident")) for case in group) * 2 < len(group)
    ]
    made["incidents declared"] = {"n": len(members), "false": len(false)}
    return made


def _outage(group: Sequence[Case]) -> Row:
    largest = Counter(case.group for case in group).most_common(1)[0][1]
    waited = next((n for n, case in enumerate(group) if case.made["incident"]), None)
    return {
        "n": len(group),
        "in the largest group": round(largest / len(group), 3),
        "reports before it was called one": "never" if waited is None else waited,
    }
