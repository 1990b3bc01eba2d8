"""Figures as tables, for a terminal and for a page of the documentation."""

from collections.abc import Iterator, Mapping

from evals.exam.answers import Section

Report = Mapping[str, Mapping[str, Section]]
"""Figures by district, section, row."""


def printed(report: Report) -> Iterator[str]:
    """Lines for a terminal."""
    for district, sections in report.items():
        for name, section in sections.items():
            columns = _columns(section)
            yield ""
            yield f"{district}: {name}".ljust(36) + "".join(f"{column:>17}" for column in columns)
            for title, row in section.items():
                cells = (_cell(row.get(column)) for column in columns)
                yield title.ljust(36) + "".join(f"{cell:>17}" for cell in cells)


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


def _columns(section: Section) -> list[str]:
    return list(dict.fromkeys(name for row in section.values() for name in row))


def _cell(value: float | str | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
