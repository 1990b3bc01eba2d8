"""The desk in a real browser: by keys, on a phone, without a script, with news and hostile mail."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cast import PASSWORD
from tests.pages.conftest import House, Visitor

pytestmark = [pytest.mark.browser]

type Visit = Callable[..., Visitor]

HOSTILE = b"""From: Dana Lee <dana.lee@cedarvalley.example>
To: help@cedarvalley.example
Subject: Hostile projector
Message-ID: <hostile-%d@school.example>
Date: Tue, 24 Nov 2026 09:38:00 -0600
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=x

--x
Content-Type: text/plain

The projector in 214 is dead.
--x
Content-Type: text/html; charset=utf-8

<html><head><style>@import url(http://evil.example/a.css); body{background:url(http://evil.example/b)}
</style><link rel=stylesheet href=http://evil.example/c.css><link rel=prefetch href=http://evil.example/d>
<meta http-equiv=refresh content="0;url=http://evil.example/e"></head><body onload="alert(1)">
<script src=http://evil.example/f.js></script><img src=http://evil.example/g.gif>
<img src=x onerror=alert(2)><video poster=http://evil.example/h><iframe src=http://evil.example/i></iframe>
<object data=http://evil.example/j></object><svg><image href=http://evil.example/k /></svg>
<a href="javascript:alert(3)">click</a><p>The projector in 214 is dead.</p></body></html>
--x--
"""


@pytest.fixture
def theo(visit: Visit) -> Visitor:
    """Theo, signed in through the page."""
    visitor = visit(width=1280)
    visitor.go("/desk/")
    visitor.page.fill("input[name=login]", "theo.ramos@cedarvalley.example")
    visitor.page.fill("input[name=password]", PASSWORD)
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.page.wait_for_url("**/desk/team/")
    return visitor


def ask(visit: Visit, need: str) -> None:
    visitor = visit(width=360)
    visitor.go("/")
    visitor.page.fill("#need", need)
    visitor.page.fill("#reach", f"asker{time.monotonic_ns()}@example.org")
    visitor.page.locator("form .btn.big").click()
    visitor.page.wait_for_url(re.compile(r"/r/[0-9a-f]{32}/"))


def test_a_request_is_worked_on_by_keys_alone(visit: Visit, theo: Visitor, tmp_path: Path) -> None:
    ask(visit, "Projector in 214 has no picture, keys")
    window = theo.page
    theo.go("/desk/all/")
    theo.check(tmp_path / "list.png")
    window.keyboard.press("j")
    window.keyboard.press("Enter")
    window.wait_for_url(re.compile(r"/desk/all/[2-9A-Z]{3}-"))
    theo.check(tmp_path / "talk.png")
    window.keyboard.press("n")
    window.keyboard.type("third lamp")
    window.keyboard.press("Control+Enter")
    window.wait_for_selector(".msg.note >> text=third lamp")
    window.keyboard.press("r")
    window.keyboard.type("I am on my way.")
    window.keyboard.press("Control+Enter")
    window.wait_for_selector(".msg.out >> text=I am on my way.")
    window.keyboard.press("a")
    window.keyboard.press("Enter")
    window.wait_for_selector(".toast >> text=It is yours.")
    window.keyboard.press("e")
    window.keyboard.type("New lamp is in.")
    window.keyboard.press("Control+Enter")
    window.wait_for_selector(".toast >> text=Done.")
    window.keyboard.press("u")
    window.wait_for_selector(".toast >> text=It is open again.")
    assert theo.elsewhere() == []
    assert theo.complaints == []


def test_what_needs_a_look_is_sent_on_and_answered_by_keys_alone(
    visit: Visit, theo: Visitor
) -> None:
    said = f"Projector in 214 is green {time.monotonic_ns()}"
    ask(visit, said)
    window = theo.page
    theo.go("/desk/triage/")
    window.locator("[data-row]", has_text=said).wait_for()
    for _ in range(60):
        window.keyboard.press("j")
        if said in window.evaluate("document.activeElement.textContent"):
            break
    window.keyboard.press("Enter")
    window.wait_for_url(re.compile(r"/desk/triage/[2-9A-Z]{3}-"))
    suggested = window.locator(".route")
    suggested.wait_for()
    window.keyboard.press("1")
    window.wait_for_selector(".toast")
    assert suggested.count() == 0
    assert "Classroom IT" in window.locator(".talk").inner_text()
    window.keyboard.press("r")
    window.keyboard.type("I am on my way.")
    window.keyboard.press("Control+Enter")
    window.wait_for_selector(".msg.out >> text=I am on my way.")
    assert theo.complaints == []


def test_the_desk_works_without_a_script(visit: Visit, theo: Visitor) -> None:
    ask(visit, "Projector in 214 hums, no script")
    plain = visit(width=1280, script=False, like=theo)
    plain.go("/desk/all/")
    plain.page.locator("[data-row]").first.click()
    plain.page.wait_for_url(re.compile(r"/desk/all/[2-9A-Z]{3}-"))
    plain.page.fill("#reply", "We look at it today.")
    plain.page.locator('button[value="reply"]').click()
    plain.page.wait_for_selector(".msg.out >> text=We look at it today.")


def test_a_note_from_the_hallway_takes_eight_seconds(visit: Visit, theo: Visitor) -> None:
    phone = visit(width=360, like=theo)
    phone.go("/desk/hallway/")
    started = time.monotonic()
    phone.page.keyboard.type("Ms. Lee, 214, projector, already fixed, at 9")
    phone.page.get_by_role("button", name="Save it").click()
    phone.page.wait_for_selector("text=We understood")
    assert time.monotonic() - started < 8
    assert "Already fixed" in phone.page.inner_text("#main")
    # What was stored does not come back as a draft that would be sent again.
    assert phone.page.input_value("#line") == ""


def test_news_show_up_on_their_own(visit: Visit, theo: Visitor) -> None:
    theo.go("/desk/all/")
    theo.page.wait_for_timeout(1000)
    ask(visit, "Projector in 214 smells, live")
    theo.page.wait_for_selector("[data-row] >> text=smells, live")


def test_hostile_mail_asks_nobody_and_runs_nothing(theo: Visitor, running: House) -> None:
    running.run(
        "-m", "homeroom", "receive", "--channel", "email", "--to", "help@cedarvalley.example",
        given=(HOSTILE % time.monotonic_ns()).replace(b"\n", b"\r\n"),
    )  # fmt: skip
    dialogs: list[str] = []
    theo.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    theo.go("/desk/search/?q=hostile")
    for _ in range(40):
        if theo.page.locator("[data-row]").count():
            break
        theo.page.wait_for_timeout(500)
        theo.go("/desk/search/?q=hostile")
    theo.page.locator("[data-row]").first.click()
    theo.page.get_by_text("See the mail as it was sent").click()
    frame = theo.page.frame_locator("iframe.mail")
    frame.get_by_text("The projector in 214 is dead.").wait_for()
    theo.page.wait_for_timeout(1000)
    assert theo.elsewhere() == []
    assert dialogs == []
    assert "/desk/" in theo.path()
