"""Every page of the house in a real browser: on a phone and on a desk, in both languages, and
without a script.

The pages are read from the URL table. An address that has parts, or that shows something only when
it is asked for with words, needs a sample here.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import translate_url
from playwright.sync_api import Error, Response

from homeroom.web.policy import Policy
from tests.addresses import every, policy_of
from tests.pages.conftest import House, Visitor

pytestmark = [pytest.mark.browser]

type Visit = Callable[..., Visitor]

SAMPLES: dict[str, tuple[str, ...]] = {
    "/in/<str:token>/": ("/in/{link}/",),
    "/r/<str:secret>/": ("/r/{secret}/", "/r/{secret}/?got=1", "/r/{danger_secret}/?got=1"),
    "/r/<str:secret>/files/<int:file_id>": ("/r/{secret}/files/{file}",),
    "/articles/<path:name>/": ("/articles/bells/",),
    "/needs/<str:service>/": ("/needs/tra.late/",),
    "/desk/<queue:queue>/": (
        "/desk/all/", "/desk/all/?pane=queues", "/desk/triage/", "/desk/mine/", "/desk/done/",
    ),
    "/desk/<queue:queue>/<reference:reference>/": ("/desk/all/{reference}/",),
    "/desk/<reference:reference>/": ("/desk/{reference}/",),
    "/desk/search/": ("/desk/search/", "/desk/search/?q=projector"),
    "/desk/problems/<int:number>/": ("/desk/problems/{problem}/",),
    "/desk/alarms/<int:number>/": ("/desk/alarms/{alarm}/",),
    "/desk/files/<int:file_id>": ("/desk/files/{file}",),
    "/desk/mail/<int:message_id>/": ("/desk/mail/{message}/",),
    "/setup/articles/<int:number>/": ("/setup/articles/{article}/",),
    "/setup/articles/<int:number>/history/": ("/setup/articles/{article}/history/",),
    "/setup/held/<int:number>/raw/": ("/setup/held/{aside}/raw/",),
    "/setup/people/": ("/setup/people/", "/setup/people/?q=ramos"),
    "/account/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$": (
        "/account/password/reset/key/{password_key}/",
    ),
}  # fmt: skip
"""What stands behind the addresses that have parts, and what else is to be seen of some."""
NOWHERE = {
    "/account/signup/", "/api/v1/^.+$", "/answers/",
    "/desk/<queue:queue>/<reference:reference>/helps/",
}  # fmt: skip
"""Addresses at which there is nothing to look at: they answer 404, or only what is sent to them."""
ENGLISH = {"/api/v1/", "/api/v1/docs"}
"""What is for whoever writes programs."""
WHO = {
    Policy.PUBLIC: "charlie",
    Policy.ASKER: "lee",
    Policy.STAFF: "theo",
    Policy.LEADER: "ortiz",
    Policy.ADMINISTRATOR: "admin",
}
WIDTHS = (320, 768, 1280)
OPEN = "for (const each of document.querySelectorAll('details')) each.open = true"
VIOLATIONS = """async () => {
  const seen = await axe.run({iframes: false, resultTypes: ["violations"]});
  return seen.violations.flatMap(
    one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 160)}`));
}"""
"""What axe-core finds, a line for each element."""
WIDE = """() => {
  const widest = (box, room) => [...box.querySelectorAll("*")]
    .filter(e => e.getBoundingClientRect().right > room + 1).pop()?.outerHTML.slice(0, 160);
  const root = document.documentElement, found = [];
  if (root.scrollWidth > root.clientWidth) found.push("too wide: " + widest(root, root.clientWidth));
  for (const e of document.querySelectorAll("body *")) {
    if (!e.checkVisibility() || e.scrollWidth <= e.clientWidth + 1 || !/auto|scroll/.test(getComputedStyle(e).overflowX)
        || e.matches("input, textarea, select")) continue;
    if (e.tabIndex < 0 || e.role !== "region" || !(e.ariaLabel || e.hasAttribute("aria-labelledby")))
      found.push("scrolls sideways and is no named region: "
                 + widest(e, e.getBoundingClientRect().right));
  }
  return found;
}"""
"""What does not fit: the page itself, or a box that scrolls and that no key reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One address and who looks at it."""

    who: str
    path: str


def has_sample(route: str) -> bool:
    return route in SAMPLES or not re.search(r"[<^(]", route)


ROUTES = [
    (route, policy_of(pattern))
    for route, pattern in every()
    # A call of the API is made with a key and answered in JSON: tests/web/test_api.py.
    if not (route.startswith("/api/v1/") and policy_of(pattern) is not Policy.PUBLIC)
    and route not in NOWHERE
]


def test_every_address_has_a_sample() -> None:
    assert [route for route, _policy in ROUTES if not has_sample(route)] == []
    known = {route for route, _policy in ROUTES}
    assert set(SAMPLES) - known == set(), "samples of addresses that are no more"


def stops(made: dict[str, Any]) -> Iterator[Stop]:
    """Every page, the visitor's own first."""
    for route, policy in ROUTES:
        assert policy is not None
        who = "theo" if route == "/account/logout/" else WHO[policy]
        for path in SAMPLES.get(route, (route,)):
            yield Stop(who=who, path=path.format_map(made))


@dataclass(slots=True)
class Tour:
    """Visits the pages and writes down everything that is wrong."""

    house: House
    found: list[str] = field(default_factory=list)
    pages: int = 0

    def open(self, visitor: Visitor, path: str) -> bool:
        """Whether there is a page to look at; files and frames that run nothing are none."""
        visitor.complaints.clear()
        try:
            answer = visitor.page.goto(self.house.url + path)
        except Error as error:
            if "Download is starting" not in str(error):
                raise
            return False
        if answer is None or answer.status != 200:
            self.found.append(f"{path}: {answer.status if answer else 'no answer'}")
            return False
        self.pages += _is_page(answer)
        return _is_page(answer)

    def fits(self, visitor: Visitor, *, how: str) -> None:
        """Nothing is too wide for any screen."""
        for width in WIDTHS:
            visitor.page.set_viewport_size({"width": width, "height": 800})
            for line in visitor.page.evaluate(WIDE):
                self.found.append(f"{visitor.path()} {how}, {width} px: {line}")

    def is_accessible(self, visitor: Visitor, *, how: str, width: int) -> None:
        """Nothing that axe finds."""
        visitor.page.set_viewport_size({"width": width, "height": 800})
        if not visitor.page.evaluate("'axe' in window"):
            visitor.page.evaluate(Axe().axe_script)
        for line in visitor.page.evaluate(VIOLATIONS):
            self.found.append(f"{visitor.path()} {how}, {width} px: {line}")

    def keeps_to_itself(self, visitor: Visitor) -> None:
        """Nothing in the console, nothing asked of anybody else."""
        for line in (*visitor.complaints, *visitor.elsewhere()):
            self.found.append(f"{visitor.path()}: {line[:200]}")
        visitor.asked.clear()


def _is_page(answer: Response) -> bool:
    heads = answer.headers
    is_html = heads.get("content-type", "").startswith("text/html")
    return is_html and "sandbox" not in heads.get("content-security-policy", "")


@pytest.fixture(scope="session")
def made(running: House) -> dict[str, Any]:
    """What stands where in the furnished house."""
    found: dict[str, Any] = json.loads(running.run("-m", "tests.pages.furnish"))
    return found


def crowd(
    visit: Visit, running: House, made: dict[str, Any], *, script: bool, locale: str
) -> dict[str, Visitor]:
    """A window of everybody who looks at pages, signed in where they sign in."""
    people = {who: visit(width=WIDTHS[0], script=script, locale=locale) for who in WHO.values()}
    for who, cookie in made["cookies"].items():
        people[who].context.add_cookies(
            [{"name": "sessionid", "value": cookie, "url": running.url}]
        )
    lee = people["lee"]
    lee.go(f"/in/{made['ways_in'].pop()}/")
    lee.page.locator("main button").click()
    lee.page.wait_for_url("**/mine/")
    return people


def test_every_page_fits_is_accessible_and_keeps_to_itself(
    visit: Visit, running: House, made: dict[str, Any]
) -> None:
    tour = Tour(house=running)
    people = crowd(visit, running, made, script=True, locale="en-US")
    for stop in stops(made):
        window = people[stop.who]
        if not tour.open(window, stop.path):
            continue
        tour.fits(window, how="closed")
        if stop.path.startswith("/desk/"):
            # Three panes when it is wide; other pages have the same on every screen, and
            # tests/web/test_look.py opens each template wide.
            tour.is_accessible(window, how="closed", width=1280)
        window.page.evaluate(OPEN)
        tour.fits(window, how="open")
        tour.is_accessible(window, how="open", width=320)
        tour.keeps_to_itself(window)
    assert not tour.found, "\n".join(tour.found)
    assert tour.pages > 40


def test_every_page_is_there_in_spanish_and_without_a_script(
    visit: Visit, running: House, made: dict[str, Any]
) -> None:
    tour = Tour(house=running)
    people = crowd(visit, running, made, script=False, locale="es-US")
    with speaking(running, "es"):
        for stop in stops(made):
            window = people[stop.who]
            if not tour.open(window, translate_url(stop.path, "es")):
                continue
            tour.fits(window, how="Spanish")
            tour.keeps_to_itself(window)
            if window.page.get_attribute("html", "lang") != "es" and stop.path not in ENGLISH:
                tour.found.append(f"{window.path()}: not in Spanish")
            if not window.page.inner_text("main").strip():
                tour.found.append(f"{window.path()}: nothing in it")
    assert not tour.found, "\n".join(tour.found)
    assert tour.pages > 40


@contextmanager
def speaking(house: House, language: str) -> Iterator[None]:
    """Everybody who signs in wishes that language, for as long as the block."""
    with psycopg.connect(house.env["DATABASE_URL"], autocommit=True) as connection:
        wish = "UPDATE district_account SET language = %s"
        connection.execute(wish, [language])
        try:
            yield
        finally:
            connection.execute(wish, [""])
