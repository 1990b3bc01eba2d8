"""The look: every template draws, keeps the rules of the house, and works in a real browser."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "homeroom" / "web"
GALLERY = Path(__file__).with_name("gallery.py")
STYLE = (WEB / "static/homeroom/homeroom.css").read_text()
CHROMIUM = Path("/usr/bin/chromium")
TEXT_PAIRS = [
    (ink, ground)
    for ink, grounds in {
        "ink": "paper card sunk brand-tint sun-tint wait-tint alarm-tint good-tint",
        "ink-2": "paper card sunk brand-tint sun-tint",
        "brand": "paper card sunk brand-tint sun-tint",
        "on-brand": "brand brand-2",
        "on-board": "board board-2",
        "on-board-2": "board board-2",
        "on-sun": "sun",
        "sun-ink": "sun-tint paper card",
        "good": "good-tint card sunk",
        "wait": "wait-tint card sunk",
        "alarm": "alarm-tint card paper",
        "card": "alarm",
    }.items()
    for ground in grounds.split()
]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with every sample page, drawn once by a process of its own."""
    out = tmp_path_factory.mktemp("gallery")
    subprocess.run([sys.executable, GALLERY, out], check=True, capture_output=True, timeout=60)
    return out


def _pages(folder: Path) -> Iterator[tuple[str, str]]:
    for page in sorted(folder.glob("*.html")):
        yield page.stem, page.read_text()


def test_no_page_carries_an_inline_style_or_script(drawn: Path) -> None:
    for name, html in _pages(drawn):
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html), name
        assert not re.search(r"<script(?![^>]*\ssrc=)", html), name


def test_of_the_public_pages_only_the_front_door_has_a_script(drawn: Path) -> None:
    public = [(name, html) for name, html in _pages(drawn) if name.startswith(("portal", "error"))]
    assert public
    scripted = {name for name, html in public if "<script" in html}
    assert {name.split("-")[1].split(".")[0] for name in scripted} <= {"home"}


def test_front_door_asks_for_two_things_and_sets_no_token(drawn: Path) -> None:
    html = (drawn / "portal-home.html").read_text()
    assert len(re.findall(r"\srequired\b", html)) == 2
    assert "csrfmiddlewaretoken" not in html


def test_every_icon_and_every_fragment_link_leads_somewhere(drawn: Path) -> None:
    sprite = set(re.findall(r'id="([^"]+)"', (WEB / "static/homeroom/icons.svg").read_text()))
    for name, html in _pages(drawn):
        assert set(re.findall(r"icons\.svg#([\w-]+)", html)) <= sprite, name
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), f"{name} has an id twice"
        assert set(re.findall(r'href="#([^"]+)"', html)) <= set(ids), name
        for pointed in re.findall(r'\s(?:for|aria-labelledby|aria-describedby)="([^"]+)"', html):
            assert set(pointed.split()) <= set(ids), f"{name}: {pointed}"


def test_every_template_is_drawn_by_a_sample(drawn: Path) -> None:
    shown = (Path(__file__).with_name("samples.py")).read_text()
    pages = {
        str(page.relative_to(WEB / "templates"))
        for page in (WEB / "templates").rglob("*.html")
        if page.parent.name in {"portal", "desk", "office", "setup", "account"}
    }
    inner = {"office/base.html", "office/numbers.html", "setup/base.html", "setup/changes.html"}
    inner |= {f"desk/{part}.html" for part in ["acts", "composer", "route", "rows", "talk"]}
    assert sorted(page for page in pages - inner if page not in shown) == []


def _tokens(column: int) -> dict[str, str]:
    pairs = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", STYLE)
    single = dict(re.findall(r"^    --([\w-]+): (#\w{6});", STYLE, re.MULTILINE))
    return single | {name: (day, evening)[column] for name, day, evening in pairs}


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("column", [0, 1], ids=["day", "evening"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_words_can_be_read_by_day_and_in_the_evening(ink: str, ground: str, column: int) -> None:
    tokens = _tokens(column)
    assert _contrast(tokens[ink], tokens[ground]) >= 4.5  # WCAG 2.2, 1.4.3


@pytest.mark.parametrize("column", [0, 1], ids=["day", "evening"])
@pytest.mark.parametrize("ground", ["paper", "card"])
def test_borders_of_controls_can_be_seen(ground: str, column: int) -> None:
    tokens = _tokens(column)
    assert _contrast(tokens["edge"], tokens[ground]) >= 3  # WCAG 2.2, 1.4.11


def test_old_phones_get_the_day_values_word_for_word() -> None:
    block = STYLE.split("@supports not (color: light-dark", 1)[1].split("\n  }\n", 1)[0]
    fallback = dict(re.findall(r"--([\w-]+): (#\w+);", block))
    assert fallback == {name: day for name, day in _tokens(0).items() if name in fallback}
    pairs = set(re.findall(r"--([\w-]+): light-dark\(", STYLE))
    assert pairs <= set(fallback)


def test_scripts_stay_small() -> None:
    assert sum(len(script.read_bytes()) for script in WEB.rglob("*.js")) <= 20_000


@pytest.mark.skipif(not CHROMIUM.exists(), reason="NO CHROMIUM: the pages were not opened")
@pytest.mark.soak  # every run opens the pages themselves: tests/pages/test_every_page.py
def test_browser_finds_nothing_wrong(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, GALLERY, tmp_path, "--check"],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert ran.stdout, ran.stderr
    assert json.loads(ran.stdout)["found"] == []


@pytest.mark.skipif(not CHROMIUM.exists(), reason="NO CHROMIUM: the keys were not pressed")
def test_desk_works_by_keyboard_and_keeps_words_when_news_comes_in() -> None:
    ran = subprocess.run(
        [sys.executable, GALLERY.with_name("desk_keys.py")],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.stdout, ran.stderr
    assert json.loads(ran.stdout)["failed"] == []
