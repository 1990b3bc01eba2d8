"""Figures as tables, for a terminal and for a page of the documentation."""

from collections.abc import Iterator, Mapping, Sequence

from evals.exam.answers import Section

Report = Mapping[str, Mapping[str, Section]]
"""Figures by district, section, row."""


def printed(report: Report) -> Iterator[str]:
    """Lines for a terminal."""
    for district, sections in report.items():
        for name, section in sections.items():
            columns = _columns(section)
            yield ""
            widths = [max(9, len(column)) + 2 for column in columns]
            yield f"{district}: {name}".ljust(36) + _aligned(columns, widths)
            for title, row in section.items():
                yield title.ljust(36) + _aligned([_cell(row.get(one)) for one in columns], widths)


def page(report: Report, *, day: str) -> str:
    """The same as a Markdown page."""
    lines = [
        "# What the examination says",
        "",
        f"Measured {day} by `python -m evals.examination --write`: two invented districts without",
        "history, messages by an author who saw none of the phrases Homeroom learns from, through",
        "`homeroom init` and `homeroom replay`. Nothing is tuned on these messages. What the rows",
        "mean stands in `evals/README.md`.",
    ]
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
