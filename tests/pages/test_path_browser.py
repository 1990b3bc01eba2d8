"""The path in a real browser: an answer while one types, a short form, and a reply put in by key."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cast import PASSWORD
from tests.pages.conftest import House, Visitor

pytestmark = [pytest.mark.browser]

type Visit = Callable[..., Visitor]
FURNISH = """
import django; django.setup()
from homeroom.district.models import Service
from homeroom.knowledge.models import Article
from homeroom.knowledge.replies import SavedReply
Service.objects.filter(source_id="tra.late").update(
    required_context=["route", "student"], like="tra.bus_late",
    context_fields={"route": {"type": "route"}, "student": {"type": "person"}},
)
from homeroom.district.models import District
from django.db.models import F
District.objects.update(version=F("version") + 1)
Article.objects.get_or_create(source_id="lunch", defaults={
    "title": "Meal prices and paying for lunch",
    "body": "Lunch costs $2.75 in elementary and $3.05 in middle and high school."})
from homeroom.knowledge import indexing
from homeroom.pipeline import minds
indexing.index(encoders=minds.encoders())
SavedReply.objects.get_or_create(title="On my way", defaults={"texts": {"en": "Hello [name]!"}})
"""


@pytest.fixture(scope="module")
def furnished(running: House) -> House:
    running.run("-c", FURNISH)
    return running


@pytest.mark.parametrize("width", [360, 1280])
def test_an_answer_appears_and_sending_stays(
    visit: Visit, furnished: House, width: int, tmp_path: Path
) -> None:
    visitor = visit(width=width)
    visitor.go("/")
    window = visitor.page
    window.fill("#need", "How much is school lunch in elementary?")
    window.wait_for_selector("text=$2.75")
    assert window.locator("form .btn.big").is_visible()
    visitor.check(tmp_path / "answer.png")
    window.fill("#reach", "asker@example.org")
    window.focus("#reach")
    window.keyboard.press("Enter")  # sends: it is no word on the answer
    window.wait_for_url(re.compile(r"/r/[0-9a-f]{32}/"))
    visitor.go("/")
    window.fill("#need", "How much is school lunch in elementary?")
    window.get_by_role("button", name="This helped").click()
    window.wait_for_selector("text=Good to hear.")


def test_a_short_form_without_a_script_and_by_keyboard(
    visit: Visit, furnished: House, tmp_path: Path
) -> None:
    visitor = visit(width=360, script=False)
    visitor.go("/es/needs/")
    visitor.page.get_by_role("link", name="El autobús está atrasado").click()
    window = visitor.page
    window.locator("#about-route").focus()
    window.keyboard.type("42")
    window.keyboard.press("Tab")
    window.keyboard.type("Sam Flores")
    window.fill("#reach", "555")
    window.locator("form .btn.big").click()
    window.wait_for_selector("#reach-error")
    assert window.input_value("#about-student") == "Sam Flores"
    window.fill("#reach", "familia@example.org")
    window.locator("form .btn.big").click()
    window.wait_for_url(re.compile(r"/es/r/[0-9a-f]{32}/"))
    looking = visit(width=360)
    looking.go("/needs/tra.late/")
    looking.check(tmp_path / "need.png")
    looking.go("/needs/")
    looking.check(tmp_path / "needs.png")


def test_a_saved_reply_is_put_in_by_key(visit: Visit, furnished: House, tmp_path: Path) -> None:
    asker = visit(width=360)
    asker.go("/")
    asker.page.fill("#need", "The projector in room 214 shows no picture")
    asker.page.fill("#reach", "projector@example.org")
    asker.page.locator("form .btn.big").click()
    asker.page.wait_for_url(re.compile(r"/r/[0-9a-f]{32}/"))
    visitor = visit(width=1280)
    visitor.go("/desk/all/")
    window = visitor.page
    window.fill("input[name=login]", "theo.ramos@cedarvalley.example")
    window.fill("input[name=password]", PASSWORD)
    window.get_by_role("button", name="Sign in").click()
    window.wait_for_url("**/desk/all/")
    window.locator("[data-row]", has_text="projector").first.click()
    saved = window.locator('button[value^="insert:saved"]')
    saved.wait_for()
    key = saved.get_attribute("data-key")
    assert key is not None
    window.keyboard.press(";")
    assert window.evaluate("document.activeElement.closest('#helps') !== null")
    window.keyboard.press(key)
    assert window.input_value("#reply").startswith("Hello")
    assert "[" not in window.input_value("#reply")
    assert window.evaluate("document.activeElement.id") == "reply"
    visitor.check(tmp_path / "desk.png")
