"""The district's pages as a browser without scripts uses them: forms are found, filled and sent."""

import asyncio
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

import httpx

# Where the pages are; everything else is read from the pages themselves.
HOME: Final = "/"
SIGN_IN: Final = "/account/login/"
HALLWAY: Final = "/desk/hallway/"
DESK: Final = "/desk/"
TRIAGE: Final = "/desk/triage/"
_REQUEST: Final = re.compile(r"/desk/[a-z-]+/[2-9A-Z]{3}-[2-9A-Z]{4}/")
_PATIENCE: Final = 30.0


class PageError(Exception):
    """A page did not offer what was looked for, or refused what was sent."""


@dataclass(slots=True)
class Form:
    """One form of a page; `buttons` are the (name, value) pairs that can send it."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._inside = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "form":
            self.forms.append(Form(action=given.get("action", "")))
            self._inside = True
        elif self._inside:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        form, name = self.forms[-1], given.get("name", "")
        if tag == "button" and name:
            form.buttons.append((name, given.get("value", "")))
        elif tag == "option" and self._select:
            form.choices[self._select].append(given.get("value", ""))
        elif tag == "select" and name:
            self._select = name
            form.choices[name] = []
        elif tag == "textarea" and name:
            form.fields[name] = ""
        elif tag == "input" and name:
            self._input(form, name, given)

    def _input(self, form: Form, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in ("checkbox", "radio") and "checked" not in given:
            form.choices.setdefault(name, []).append(given.get("value", "on"))
        elif kind not in ("file", "submit"):
            form.fields[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = ""


def read_page(text: str) -> tuple[list[Form], list[str]]:
    """The forms and the links of a page."""
    page = _Page()
    page.feed(text)
    return page.forms, page.links


class Visitor:
    """One person with one browser. Raises PageError when a page is not what it should be."""

    def __init__(self, base: str, *, language: str = "en", typing: float = 0.0) -> None:
        self._typing = typing
        self._client = httpx.AsyncClient(
            base_url=base,
            timeout=_PATIENCE,
            follow_redirects=True,
            headers={"Accept-Language": language, "Origin": base, "Referer": f"{base}/"},
        )

    async def close(self) -> None:
        """Close the browser."""
        await self._client.aclose()

    async def open(self, path: str) -> tuple[list[Form], list[str]]:
        """The forms and links of that page."""
        answer = await self._client.get(path)
        if answer.is_error:
            raise PageError(f"{path} answered {answer.status_code}.")
        return read_page(answer.text)

    async def send(self, path: str, form: Form, **values: str) -> str:
        """Send a form of the page at `path` with these values; the address one ends up at."""
        data = {**form.fields, **values}
        answer = await self._client.post(urljoin(path, form.action or path), data=data)
        if answer.is_error:
            raise PageError(f"{path} refused the form with {answer.status_code}.")
        return str(answer.url)

    async def ask(self, *, need: str, reach: str, name: str) -> str:
        """Fill in the front door's form, no faster than people type; the receipt's address."""
        forms, _ = await self.open(HOME)
        await asyncio.sleep(self._typing)
        return await self.send(HOME, with_field(forms, "need"), need=need, reach=reach, name=name)

    async def sign_in(self, email: str, password: str) -> None:
        """Sign in as staff."""
        forms, _ = await self.open(SIGN_IN)
        form = with_field(forms, "password")
        who = "login" if "login" in form.fields else "username"
        where = await self.send(SIGN_IN, form, **{who: email, "password": password})
        if SIGN_IN in where:
            raise PageError(f"The sign-in of {email} was refused.")

    async def write_down(self, line: str) -> None:
        """Record what somebody asked for in the hallway."""
        forms, _ = await self.open(HALLWAY)
        await self.send(HALLWAY, with_field(forms, "line"), line=line, when="now")

    async def requests(self, where: str = DESK) -> list[str]:
        """The paths of the requests that this page of the desk shows first."""
        _, links = await self.open(where)
        paths = (urljoin(where, link).split("#")[0].split("?")[0] for link in links)
        return [path for path in dict.fromkeys(paths) if _REQUEST.fullmatch(path)]

    async def accept(self, path: str) -> bool:
        """Send a request where it is suggested; False when nothing is."""
        forms, _ = await self.open(path)
        for form in forms:
            if form.fields.get("do") == "route" and form.buttons:
                await self.send(path, form, **dict(form.buttons[:1]))
                return True
        return False

    async def act(self, path: str, do: str, **values: str) -> bool:
        """Do one thing with a request; False when its page does not offer it."""
        forms, _ = await self.open(path)
        fitting = [form for form in forms if ("do", do) in form.buttons]
        if not fitting:
            return False
        await self.send(path, fitting[0], do=do, **values)
        return True


def with_field(forms: list[Form], name: str) -> Form:
    """The form that has that field; raises PageError when none has."""
    for form in forms:
        if name in form.fields:
            return form
    raise PageError(f"The page has no form with the field {name}.")
