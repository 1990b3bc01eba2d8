"""The front door in a real browser: by thumb, by keyboard, without a script."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pages.conftest import Visitor

pytestmark = [pytest.mark.browser]

type Visit = Callable[..., Visitor]


def somebody() -> str:
    """An address nobody has written under: one that writes too often is set aside."""
    return f"asker{time.monotonic_ns()}@example.org"


def ask(visitor: Visitor, need: str, at: str = "/") -> str:
    """Fill the box in and send it; the address of the receipt."""
    visitor.go(at)
    visitor.page.fill("#need", need)
    visitor.page.fill("#reach", somebody())
    visitor.page.locator("form .btn.big").click()
    visitor.page.wait_for_url(re.compile(r"/r/[0-9a-f]{32}/"))
    return visitor.path().split("?")[0]


def test_from_the_box_to_the_status_page(visit: Visit, tmp_path: Path) -> None:
    visitor = visit(width=360)
    visitor.go("/")
    visitor.check(tmp_path / "home.png")
    page = ask(visitor, "Bus 42 has not come to Pine and 6th")
    visitor.page.wait_for_selector(".ref")
    visitor.check(tmp_path / "receipt.png")
    visitor.go(page)
    visitor.check(tmp_path / "status.png")
    visitor.go("/check/")
    visitor.check(tmp_path / "check.png")
    visitor.go("/privacy/")
    visitor.check(tmp_path / "privacy.png")
    visitor.go("/es/")
    visitor.check(tmp_path / "home-es.png")
    assert visitor.elsewhere() == []
    assert visitor.context.cookies() == []


def test_everything_works_without_a_script(visit: Visit) -> None:
    visitor = visit(width=360, script=False)
    page = ask(visitor, "The heating in the gym is off")
    visitor.go(page)
    window = visitor.page
    window.fill("#text", "It is very cold now")
    window.get_by_role("button", name="Send").click()
    window.wait_for_selector("text=We got your message.")
    assert "It is very cold now" in window.inner_text("main")
    window.get_by_role("button", name="Yes, fixed").click()
    window.wait_for_selector("text=Good to hear.")
    window.get_by_role("button", name="Not fixed").click()
    window.wait_for_selector("text=It is open again")


def test_everything_works_by_keyboard(visit: Visit) -> None:
    visitor = visit(width=1280)
    visitor.go("/")
    window = visitor.page

    def tab_to(selector: str) -> None:
        for _ in range(30):
            window.keyboard.press("Tab")
            if window.evaluate("s => document.activeElement.matches(s)", selector):
                return
        raise AssertionError(f"{selector} is not reached by Tab")

    tab_to("a.skip")
    tab_to("#need")
    window.keyboard.type("I forgot my password")
    tab_to("#reach")
    window.keyboard.type(somebody())
    tab_to("form .btn.big")
    assert window.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    window.keyboard.press("Enter")
    window.wait_for_url(re.compile(r"/r/[0-9a-f]{32}/"))


def test_two_taps_are_one_request(visit: Visit) -> None:
    visitor = visit(width=360)
    visitor.go("/")
    visitor.page.fill("#need", "My chromebook is broken")
    visitor.page.fill("#reach", somebody())
    visitor.page.locator("form .btn.big").dblclick()
    visitor.page.wait_for_url(re.compile(r"/r/[0-9a-f]{32}/"))
    receipts = {url for url in visitor.asked if "/r/" in url}
    assert len({url.split("?")[0] for url in receipts}) == 1


@pytest.mark.parametrize(
    ("words", "at"),
    [("i want to kill myself", "/"), ("Quiero morir, ya no puedo más", "/es/")],
)
def test_words_of_danger_bring_help_at_once(
    visit: Visit, words: str, at: str, tmp_path: Path
) -> None:
    visitor = visit(width=320, script=False)
    ask(visitor, words, at=at)
    visitor.page.wait_for_selector('a[href="tel:988"].btn')
    visitor.page.wait_for_selector('a[href="tel:911"].btn')
    assert visitor.page.locator('a[rel="noreferrer"].alarm').is_visible()
    looking = visit(width=320)
    looking.go(visitor.path())
    looking.check(tmp_path / "crisis.png")


def test_what_was_typed_stays_when_something_is_wrong(visit: Visit, tmp_path: Path) -> None:
    visitor = visit(width=360)
    visitor.go("/")
    visitor.page.fill("#need", "Where is the bus?")
    visitor.page.fill("#reach", "555-01")
    visitor.page.locator("form .btn.big").click()
    visitor.page.wait_for_selector("#reach-error")
    assert visitor.page.title().startswith("Error:")
    assert visitor.page.input_value("#need") == "Where is the bus?"
    assert visitor.page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    # The 422 of the form is what the browser writes to its console.
    visitor.complaints.clear()
    visitor.check(tmp_path / "error.png")


def test_the_receipt_comes_soon(visit: Visit) -> None:
    visitor = visit(width=360)
    ask(visitor, "warm up: where is the bus")
    visitor.go("/")
    visitor.page.fill("#need", "Bus 42 is late again")
    visitor.page.fill("#reach", somebody())
    started = time.monotonic()
    visitor.page.locator("form .btn.big").click()
    visitor.page.wait_for_url(re.compile(r"/r/[0-9a-f]{32}/"))
    assert time.monotonic() - started < 8
