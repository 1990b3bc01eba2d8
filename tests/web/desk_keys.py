"""Works the desk by keyboard in a real browser, with news coming in; prints what went wrong.

    python tests/web/desk_keys.py

The pages are the gallery's, answered from memory under the product's own policy. A process of its
own, so that its settings never meet those of the test run.
"""

import json
import sys
from collections.abc import Callable

import gallery
from playwright.sync_api import Page, Route, expect, sync_playwright

NEWS = "Third lamp since September. There is a loaner cart in the library."
FRESH = "The loaner is in room 214 now."


class Desk:
    """The desk as a server would show it: after ``tell`` there is something new in the thread."""

    def __init__(self, page: gallery.Drawn) -> None:
        self.page = page
        self.told = False
        self.posted: list[str] = []
        self._static = gallery._answer([page])

    def answer(self, route: Route) -> None:
        """Answer one request of the browser."""
        if route.request.url.endswith("/live/"):
            news = "retry: 100\n" + ("event: changed\ndata: 1\n\n" if self.told else ": none\n\n")
            route.fulfill(body=news, content_type="text/event-stream")
        elif route.request.method == "POST":
            self.posted.append(route.request.post_data or "")
            route.fulfill(status=204)
        elif self.told and self.page.name in route.request.url:
            fresh = self.page.html.replace(NEWS, FRESH).replace(
                'name="seen" value="4"', 'name="seen" value="5"'
            )
            route.fulfill(body=fresh, content_type="text/html; charset=utf-8")
        else:
            self._static(route)


def main() -> int:
    """Return 0 when every step did what it says."""
    gallery.configure()
    desk = Desk(next(iter(gallery.draw(["desk-talk"]))))
    failed: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=gallery.CHROMIUM, args=gallery.FLAGS)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.route("**/*", desk.answer)
        tab = context.new_page()
        tab.set_default_timeout(5000)
        tab.goto(f"{gallery.ORIGIN}/{desk.page.name}.html")
        for step in STEPS:
            try:
                step(tab, desk)
            except Exception as error:  # noqa: BLE001 - every step is reported, whatever broke in it
                failed.append(f"{step.__name__}: {type(error).__name__} {str(error)[:300]}")
        browser.close()
    sys.stdout.write(json.dumps({"failed": failed}) + "\n")
    return 1 if failed else 0


def _focused(tab: Page) -> str:
    return str(tab.evaluate("document.activeElement.id || document.activeElement.tagName"))


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise AssertionError(what)


def _notes(tab: Page, desk: Desk) -> None:
    tab.keyboard.press("n")
    _expect(_focused(tab) == "note", "n goes to the note")
    _expect(not tab.locator("#reply").is_visible(), "the reply box gives way")
    tab.keyboard.type("a note, not a key")
    _expect(tab.locator("#note").input_value() == "a note, not a key", "letters stay letters")
    tab.keyboard.press("Escape")
    tab.keyboard.press("r")
    _expect(_focused(tab) == "reply", "r goes to the reply")
    tab.keyboard.type("I am on my way")
    tab.reload()
    _expect(tab.locator("#reply").input_value() == "I am on my way", "the draft is still there")


def _folds(tab: Page, desk: Desk) -> None:
    for key, field in (("t", "team"), ("w", "until"), ("e", "words"), ("m", "other")):
        tab.keyboard.press(key)
        _expect(_focused(tab) == field, f"{key} unfolds its form, not {_focused(tab)}")
        tab.keyboard.press("Escape")
        _expect(tab.locator("details.act[open]").count() == 0, f"Escape folds {key} again")


def _rows(tab: Page, desk: Desk) -> None:
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    row = tab.evaluate(
        "[...document.querySelectorAll('[data-row]')].indexOf(document.activeElement)"
    )
    _expect(row == 2, f"j j goes two down from the open one, not to {row}")
    tab.keyboard.press("k")
    tab.keyboard.press("/")
    _expect(_focused(tab) == "find", "/ goes to the search")
    tab.keyboard.press("Escape")
    tab.keyboard.press("?")
    _expect(tab.locator("#keys").is_visible(), "? shows the keys")


def _off(tab: Page, desk: Desk) -> None:
    switch = tab.locator("[data-keys-on]")
    switch.uncheck()
    tab.locator("#keys button").click()
    tab.keyboard.press("t")
    _expect(tab.locator("details.act[open]").count() == 0, "switched off, a key does nothing")
    tab.evaluate("localStorage.removeItem('keys')")


def _news(tab: Page, desk: Desk) -> None:
    tab.reload()
    tab.locator("#reply").focus()
    tab.keyboard.press("End")
    tab.keyboard.type(", with the loaner")
    desk.told = True
    tab.get_by_text(FRESH).wait_for()
    _expect(tab.locator("#reply").input_value().endswith(", with the loaner"), "words are kept")
    _expect(_focused(tab) == "reply", "focus stays in the box")
    seen = tab.locator("form.write:not(.note) input[name=seen]").input_value()
    _expect(seen == "5", "the reply now knows what was seen")
    expect(tab.locator("[data-announce]")).not_to_be_empty()


def _send(tab: Page, desk: Desk) -> None:
    tab.locator("#reply").focus()
    tab.keyboard.press("Control+Enter")
    tab.keyboard.press("Control+Enter")
    tab.wait_for_timeout(300)
    _expect(len(desk.posted) == 1, f"sent once, not {len(desk.posted)} times")
    _expect('name="do"' in desk.posted[0] and "reply" in desk.posted[0], "as a reply")


STEPS: tuple[Callable[[Page, Desk], None], ...] = (_notes, _folds, _rows, _off, _news, _send)

if __name__ == "__main__":
    raise SystemExit(main())
