"""The alarm in a real browser: it reaches an open desk, one key reads it, one key has it."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cast import PASSWORD
from tests.pages.conftest import House, Visitor

pytestmark = [pytest.mark.browser]

type Visit = Callable[..., Visitor]

DANGER = "Someone may be in danger."
WITHIN_MS = 60_000
ON_CALL = """
import django; django.setup()
from homeroom.district.models import Person
from homeroom.district.duties import Duty
from homeroom.kit import clock
from homeroom.tickets.bells import Alarm
Duty.objects.get_or_create(level=1, person=Person.objects.get(source_id="t-ortiz"))
Alarm.objects.filter(acknowledged_at=None).update(acknowledged_at=clock.now())
"""
"""Dr. Ortiz is on call, and whatever other tests have rung is quiet."""


def sign_in(visitor: Visitor, name: str) -> None:
    visitor.go("/desk/")
    visitor.page.fill("input[name=login]", f"{name}@cedarvalley.example")
    visitor.page.fill("input[name=password]", PASSWORD)
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.page.wait_for_url("**/desk/**")


def tell(visit: Visit, words: str) -> Visitor:
    """Somebody writes it into the front door, without a script."""
    asker = visit(width=360, script=False)
    asker.go("/")
    asker.page.fill("#need", words)
    asker.page.fill("#reach", f"asker{time.monotonic_ns()}@example.org")
    time.sleep(2.1)  # nobody types faster
    asker.page.locator("form .btn.big").click()
    asker.page.wait_for_url(re.compile(r"/r/[0-9a-f]{32}/"))
    return asker


def test_an_alarm_rings_is_read_and_taken_by_keys_alone(
    visit: Visit, running: House, tmp_path: Path
) -> None:
    running.run("-c", ON_CALL)
    ortiz, theo = visit(width=1280), visit(width=1280)
    sign_in(ortiz, "elena.ortiz")
    sign_in(theo, "theo.ramos")
    ortiz.go("/desk/all/")
    theo.go("/desk/all/")
    asker = tell(visit, "my sister says she is going to kill herself tonight")
    asker.page.wait_for_selector('a[href="tel:988"]')
    bells = ortiz.page.locator('[data-live="alarms"]')
    bells.get_by_text(DANGER).wait_for(timeout=WITHIN_MS)
    assert bells.get_attribute("role") == "alert"
    ortiz.page.wait_for_function("document.title.startsWith('Alarm')")
    ortiz.check(tmp_path / "alarm-wide.png")
    time.sleep(2)
    assert DANGER not in theo.page.content()
    theo.go("/desk/all/")
    assert DANGER not in theo.page.content()
    assert "kill herself" not in theo.page.content()

    phone = visit(width=360, script=False, like=ortiz)
    phone.go("/desk/all/")
    assert phone.page.get_by_text(DANGER).is_visible()
    looking = visit(width=360, like=ortiz)
    looking.go("/desk/all/")
    looking.check(tmp_path / "alarm-phone.png")

    ortiz.page.keyboard.press("h")
    ortiz.page.get_by_role("button", name="I have it").wait_for()
    assert "kill herself" in ortiz.page.locator(".talk-main").inner_text()
    ortiz.check(tmp_path / "alarm-read.png")
    ortiz.page.keyboard.press("h")
    ortiz.page.get_by_text("You have it. Nobody else is called.").wait_for()
    assert not ortiz.page.get_by_text(DANGER).is_visible()
    assert not ortiz.page.title().startswith("Alarm")
    looking.page.get_by_text(DANGER).wait_for(state="hidden", timeout=WITHIN_MS)
    ortiz.check(tmp_path / "alarm-taken.png")


def test_an_alarm_is_taken_without_a_script(visit: Visit, running: House) -> None:
    running.run("-c", ON_CALL)
    tell(visit, "a man with a gun is outside our school")
    ortiz = visit(width=360, script=False)
    sign_in(ortiz, "elena.ortiz")
    ends = time.monotonic() + WITHIN_MS / 1000
    while DANGER not in ortiz.page.content() and time.monotonic() < ends:
        time.sleep(0.5)
        ortiz.go("/desk/triage/")
    ortiz.page.get_by_role("link", name="Read it now").click()
    ortiz.page.get_by_role("button", name="I have it").click()
    ortiz.page.get_by_text("You have it. Nobody else is called.").wait_for()


@pytest.mark.parametrize(
    ("words", "number", "silent"),
    [
        ("my stepdad hits me every night with a belt", "tel:+18004224453", "tel:988"),
        ("i want to kill myself", "tel:988", "tel:+18004224453"),
        ("a man with a gun is outside our school", "tel:911", "tel:988"),
    ],
)
def test_the_card_fits_what_was_written(
    visit: Visit, words: str, number: str, silent: str, tmp_path: Path
) -> None:
    asker = tell(visit, words)
    asker.page.locator(f'a[href="{number}"].btn').first.wait_for()
    main = asker.page.locator("main")
    assert main.locator(f'a[href="{silent}"]').count() == 0
    looking = visit(width=320)
    looking.go(asker.path())
    looking.check(tmp_path / "card.png")
