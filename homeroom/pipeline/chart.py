"""Shares week by week as lines of an inline SVG: points only, words stand in the template; pure."""

from collections.abc import Mapping, Sequence
from typing import Any

WIDTH, HEIGHT = 720, 220
LEFT, TOP, RIGHT, BOTTOM = 44, 12, 36, 28
LABELS = 8
"""Dates shown below, at most."""


def weekly(names: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> dict[str, Any]:
    """What a template draws: polylines by name, their points, grid lines and dates.

    A week without a value interrupts its line. Empty for fewer than two weeks.
    """
    if len(names) < 2:
        return {}
    step = (WIDTH - LEFT - RIGHT) / (len(names) - 1)

    def across(week: int) -> float:
        return round(LEFT + week * step, 1)

    every = max(1, -(-len(names) // LABELS))
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "grid": [{"y": _down(share), "text": f"{share:.0%}"} for share in (0, 0.25, 0.5, 0.75, 1)],
        "dates": [
            {"x": across(week), "y": HEIGHT - 8, "text": name}
            for week, name in enumerate(names)
            if week % every == 0
        ],
        "lines": {
            name: [
                " ".join(f"{across(week)},{_down(value)}" for week, value in part)
                for part in _parts(values)
            ]
            for name, values in series.items()
        },
    }


def _down(share: float) -> float:
    return round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM), 1)


def _parts(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Runs of weeks that have a value."""
    parts: list[list[tuple[int, float]]] = [[]]
    for week, value in enumerate(values):
        if value is None:
            parts.append([])
        else:
            parts[-1].append((week, value))
    return [part for part in parts if part]
