"""Figures as tables, for a terminal and for a page of the documentation."""

from collections.abc import Iterator, Mapping, Sequence

from evals.exam.answers import Section

Report = Mapping[str, Mapping[str, Section]]
"""Figures by district, section, row."""


HEADLINES = (
    ("department acceptable", "routing", "all new requests", "acceptable"),
    ("department exact", "routing", "all new requests", "exact"),
    ("acceptable among the surest half", "routing", "all new requests", "surest half"),
    ("acceptable, sent to a wrong department", "routing", "to a wrong department", "acceptable"),
    ("acceptable, Spanish", "routing", "language es", "acceptable"),
    ("acceptable, web-page questions", "routing", "web-page questions", "acceptable"),
    ("routed alone", "routing", "all new requests", "automatic"),
    ("of these wrong", "routing", "all new requests", "of these wrong"),
    ("calibration error", "confidence", "calibration error (ECE)", "figure"),
    ("danger paged", "safety", "must page", "paged"),
    ("danger seen", "safety", "must page", "seen"),
    ("paged that were danger", "safety", "those paged that were danger", "seen"),
    ("look-alikes paged", "safety", "look-alikes", "paged"),
    ("dangers acted upon alone (count)", "safety", "must page", "acted alone"),
    ("P1 found", "urgency", "must be first (P1)", "P1"),
    ("shouting made P1", "urgency", "shouts, is not", "P1"),
    ("follow-ups linked", "threads", "follow-up", "together"),
    ("same person's repeats linked", "threads", "same person, another channel", "together"),
    ("other people's repeats linked", "threads", "another person", "together"),
    ("look-alike pairs kept apart", "threads", "look-alike pairs kept apart", "together"),
    ("grouping, B-cubed precision", "grouping", "all", "precision"),
    ("grouping, B-cubed recall", "grouping", "all", "recall"),
    ("outages, B-cubed recall", "grouping", "outages", "recall"),
    ("false incidents (count)", "outages", "incidents declared", "false"),
    ("two in one split rightly", "parts", "two in one", "both departments"),
    ("one split wrongly", "parts", "one, split all the same", "split"),
    ("spam set aside", "noise", "spam set aside", "share"),
    ("real requests lost as spam", "noise", "real, looks like spam, lost", "share"),
    ("lines a second", "pace", "replay", "lines a second"),
)


def headlines(report: Report) -> Iterator[tuple[str, list[str]]]:
    """The figures that matter most, one row each, a column a district."""
    for title, section, row, column in HEADLINES:
        found = [one.get(section, {}).get(row, {}).get(column) for one in report.values()]
        if any(value is not None for value in found):
            yield title, [_cell(value) for value in found]


def printed(report: Report) -> Iterator[str]:
    """Lines for a terminal."""
    yield "".ljust(42) + "".join(name.rjust(12) for name in report)
    for title, cells in headlines(report):
        yield title.ljust(42) + "".join(cell.rjust(12) for cell in cells)
    for district, sections in report.items():
        for name, section in sections.items():
            columns = _columns(section)
            yield ""
            widths = [max(9, len(column)) + 2 for column in columns]
            yield f"{district}: {name}".ljust(36) + _aligned(columns, widths)
            for title, row in section.items():
                yield title.ljust(36) + _aligned([_cell(row.get(one)) for one in columns], widths)


def page(report: Report, *, day: str) -> str:
    """The same as a Markdown page, without the pace: that is for `bench`, on a quiet machine."""
    report = {
        key: {name: one for name, one in sections.items() if name != "pace"}
        for key, sections in report.items()
    }
    lines = [
        "# What the examination says",
        "",
        f"Measured {day} by `python -m evals.examination --write`: two invented districts without",
        "history, messages by an author who saw none of the phrases Homeroom learns from, through",
        "`homeroom init` and `homeroom replay`. Nothing is tuned on Tall Grass; Larkspur's danger",
        "and urgency were read for what was missed. What the rows mean stands in",
        "`evals/README.md`.",
    ]
    lines += ["", "| | " + " | ".join(report) + " |", "|---" * (len(report) + 1) + "|"]
    lines += [f"| {title} | " + " | ".join(cells) + " |" for title, cells in headlines(report)]
    for district, sections in report.items():
        lines += ["", f"## {district}"]
        for name, section in sections.items():
            columns = _columns(section)
            lines += ["", f"| {name} | " + " | ".join(columns) + " |"]
            lines.append("|---" * (len(columns) + 1) + "|")
            lines += [
                f"| {title} | " + " | ".join(_cell(row.get(one)) for one in columns) + " |"
                for title, row in section.items()
            ]
    return "\n".join(lines) + "\n"


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))


def _columns(section: Section) -> list[str]:
    return list(dict.fromkeys(name for row in section.values() for name in row))


def _cell(value: float | str | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
