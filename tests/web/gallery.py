"""Draws every page of the look with sample contexts, and checks them in a real browser.

    python tests/web/gallery.py OUT                     write the pages as files
    python tests/web/gallery.py OUT --check [NAME ...]  and open them: axe, widths, policy
    python tests/web/gallery.py OUT --check --pictures  and photograph each, by day and evening

It needs no server and no database: the browser's requests are answered from memory, with the
same Content-Security-Policy header that the product sends. Prints one JSON object; exits 1 when
something was found.
"""

import argparse
import json
import mimetypes
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import django  # noqa: E402
from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from django.conf import settings  # noqa: E402
from playwright.sync_api import ConsoleMessage, Page, Route, sync_playwright  # noqa: E402

WEB = ROOT / "homeroom" / "web"
POLICY = "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
FRAME_POLICY = (
    "sandbox; default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
ORIGIN = "http://homeroom.test"
CHROMIUM = Path("/usr/bin/chromium")
LOOKS = (
    ("wide-dark", 1280, 900, "dark"),
    ("phone", 360, 780, "light"),
    ("phone-dark", 360, 780, "dark"),
    ("wide", 1280, 900, "light"),
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def configure() -> None:
    """Set up just enough of Django to draw templates."""
    settings.configure(
        SECRET_KEY="the gallery signs nothing",
        ROOT_URLCONF="samples",
        STATIC_URL="/static/",
        USE_TZ=True,
        TIME_ZONE="America/Chicago",
        USE_I18N=True,
        LANGUAGE_CODE="en",
        LANGUAGES=[("en", "English"), ("es", "Español"), ("ar", "العربية")],
        LOCALE_PATHS=[ROOT / "homeroom" / "locale"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [WEB / "templates"],
                "OPTIONS": {
                    "string_if_invalid": "",
                    "libraries": {"homeroom": "homeroom.web.templatetags.homeroom"},
                },
            }
        ],
    )
    django.setup()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One page as the server would send it."""

    name: str
    html: str
    policy: str


def draw(names: Iterable[str] = ()) -> Iterator[Drawn]:
    """Yield the sample screens, all or those whose name begins with one of ``names``."""
    import samples
    from django.template.loader import render_to_string
    from django.utils import translation

    wanted = tuple(names)
    for screen in samples.screens():
        if wanted and not screen.name.startswith(wanted):
            continue
        with translation.override(screen.language):
            html = render_to_string(screen.template, screen.context)
        policy = FRAME_POLICY if screen.template == "desk/mail_frame.html" else POLICY
        yield Drawn(name=screen.name, html=html, policy=policy)


def main() -> int:
    """Return 0 when the pages were drawn and nothing was found wrong with them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--pictures", action="store_true")
    parser.add_argument(
        "--looks", type=int, default=len(LOOKS), help="how many, of " + str(len(LOOKS))
    )
    parser.add_argument("names", nargs="*")
    asked = parser.parse_intermixed_args()
    configure()
    asked.out.mkdir(parents=True, exist_ok=True)
    pages = list(draw(asked.names))
    for page in pages:
        (asked.out / f"{page.name}.html").write_text(page.html)
    found = check(pages, asked.out, asked.looks, pictures=asked.pictures) if asked.check else []
    sys.stdout.write(json.dumps({"pages": len(pages), "found": found}, indent=1) + "\n")
    return 1 if found else 0


def check(pages: list[Drawn], out: Path, n_looks: int, *, pictures: bool) -> list[str]:
    """Open each page in Chromium and return one line for each thing that is wrong."""
    found: list[str] = []
    complaints: list[ConsoleMessage] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context()
        context.route("**/*", _answer(pages))
        tab = context.new_page()
        tab.on("console", lambda line: complaints.append(line))  # noqa: PLW0108 - it is marked
        for page in pages:
            tab.goto(f"{ORIGIN}/{page.name}.html")
            for label, width, height, scheme in LOOKS[:n_looks]:
                tab.emulate_media(color_scheme=scheme)
                tab.set_viewport_size({"width": width, "height": height})
                if pictures:
                    tab.screenshot(path=out / f"{page.name}.{label}.png", full_page=True)
                if page.policy != FRAME_POLICY:  # no script runs in there, axe's neither
                    found += _axe(tab, f"{page.name} {label}")
            if page.policy != FRAME_POLICY:
                found += _widths(tab, page)
        browser.close()
    loud = [line for line in complaints if line.type in ("error", "warning")]
    return found + [f"console {line.type}: {line.text}" for line in loud]


def _axe(tab: Page, name: str) -> Iterator[str]:
    axe = Axe().run(tab, options={"iframes": False, "resultTypes": ["violations"]})
    for broken in axe.response["violations"]:
        for node in broken["nodes"]:
            yield f"{name} axe {broken['id']}: {node['html'][:160]} {node['any'][:1]}"


def _widths(tab: Page, page: Drawn) -> Iterator[str]:
    too_wide = """size => {
      document.documentElement.style.fontSize = size;
      const room = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= room) return "";
      const widest = [...document.querySelectorAll("body *")]
        .filter(e => e.getBoundingClientRect().right > room + 1).pop();
      return `${document.documentElement.scrollWidth - room} px: ` +
        (widest ? widest.outerHTML.slice(0, 90) : "?");
    }"""
    for width, root in ((320, "100%"), (360, "200%"), (1280, "200%")):
        tab.set_viewport_size({"width": width, "height": 640})
        if over := tab.evaluate(too_wide, root):
            yield f"{page.name}: too wide at {width} px with {root} text by {over}"


def _answer(pages: list[Drawn]) -> Callable[[Route], None]:
    drawn = {f"/{page.name}.html": page for page in pages}

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).split("?")[0].split("#")[0]
        if page := drawn.get(path):
            headers = {"Content-Security-Policy": page.policy, "Referrer-Policy": "no-referrer"}
            route.fulfill(body=page.html, content_type="text/html; charset=utf-8", headers=headers)
        elif path.startswith("/static/") and (WEB / path[1:]).is_file():
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            route.fulfill(path=WEB / path[1:], content_type=kind)
        elif path == "/wait/":
            route.fulfill(status=204)  # the answer is held back: the page stays
        elif path.endswith("/helps/"):
            route.fulfill(body="", content_type="text/html; charset=utf-8")
        elif path == "/live/":
            route.fulfill(body=": nothing yet\n\n", content_type="text/event-stream")
        else:
            route.fulfill(status=404, body="")

    return answer


if __name__ == "__main__":
    raise SystemExit(main())
