"""Who knocks: a mail server that keeps trying, a browser that sends its form again, Theo at his desk."""

import hashlib
import http.client
import imaplib
import re
import smtplib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from urllib.parse import urlencode

from tests.trials.preparing import SESSION

PAUSE_S = 0.2
"""Between two tries of one thing."""
PATIENCE_S = 90.0
"""Longest that a caller tries; the house is never away that long."""
TROUBLE = (smtplib.SMTPException, http.client.HTTPException, OSError)


class NotYet(Exception):  # noqa: N818
    """The house did not say that it has it."""


@dataclass(slots=True, kw_only=True)
class Said:
    """One thing that somebody said, and what they were told."""

    kind: str
    """mail, form, desk or imap."""
    trial: int
    text: str
    sender: str
    external_id: str = ""
    sha256: str = ""
    """Of the bytes of a mail."""
    is_request: bool = True
    """It asks for something new: a receipt is owed."""
    is_persistent: bool = True
    """Whoever sends it tries until they are told that it arrived."""
    tries: int = 0
    is_acknowledged: bool = False
    told: list[str] = field(default_factory=list)
    """Every answer that said yes: a page's address, a reply of the mail server."""
    came_also_as: list[str] = field(default_factory=list)
    """SHA-256 of the same mail as it came by another way."""


@dataclass(slots=True)
class Journal:
    """Everything that was said."""

    entries: list[Said] = field(default_factory=list)
    count: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next_name(self, trial: int) -> str:
        """A name that nothing else in this house has."""
        with self.lock:
            self.count += 1
            return f"{trial}-{self.count}"

    def add(self, said: Said) -> Said:
        with self.lock:
            self.entries.append(said)
        return said

    def written(self) -> list[dict[str, object]]:
        with self.lock:
            return [asdict(said) for said in self.entries]


def keep_trying(said: Said, attempt: Callable[[], str]) -> None:
    """Try until the house says yes, or once when this caller is not persistent."""
    ends = time.monotonic() + PATIENCE_S
    while True:
        said.tries += 1
        try:
            said.told.append(attempt())
        except (*TROUBLE, NotYet) as trouble:
            if not said.is_persistent:
                return
            if time.monotonic() > ends:
                raise TimeoutError(f"{said.kind} {said.text!r} was never taken") from trouble
            time.sleep(PAUSE_S)
        else:
            said.is_acknowledged = True
            return


def letter(
    *, sender: str, to: str, subject: str, text: str, message_id: str, references: str = ""
) -> bytes:
    """A plain mail as a mail server hands it on."""
    lines = [
        f"From: {sender}", f"To: {to}", f"Subject: {subject}", f"Message-ID: <{message_id}>",
        "Date: Tue, 24 Nov 2026 15:00:00 +0000", "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
    ]  # fmt: skip
    lines += [f"In-Reply-To: <{references}>", f"References: <{references}>"] if references else []
    return "\r\n".join([*lines, "", text, ""]).encode()


def by_lmtp(raw: bytes, *, sender: str, to: str, port: int) -> str:
    """Hand one mail to the LMTP door; its answer, which is a yes."""
    with smtplib.LMTP("127.0.0.1", port, local_hostname="mx.example", timeout=20) as link:
        link.ehlo("mx.example")
        link.mail(sender)
        link.rcpt(to)
        code, words = link.data(raw)
        if code != 250:
            raise NotYet(f"{code} {words!r}")
        return f"{code}"


def by_imap(raw: bytes, *, port: int) -> str:
    """Put one mail into the mailbox that the house watches."""
    with imaplib.IMAP4("127.0.0.1", port) as link:
        link.login("help", "secret")
        done, _ = link.append("INBOX", "", imaplib.Time2Internaldate(time.time()), raw)
        if done != "OK":
            raise NotYet(done)
        return done


def sha256(raw: bytes) -> str:
    """The name under which these bytes are kept."""
    return hashlib.sha256(raw).hexdigest()


class Browser:
    """A browser on one port; it sends a form again, as it was, when no answer comes."""

    def __init__(self, port: int) -> None:
        self.port = port

    def page(self, path: str, *, signed_in: bool = False) -> str:
        status, _, body = self.ask("GET", path, headers=cookies() if signed_in else {})
        if status != 200:
            raise NotYet(f"{status} at {path}")
        return body

    def stamp(self) -> str:
        """The hidden field of a freshly drawn front door."""
        found = re.search(r'name="stamp" value="([^"]+)"', self.page("/"))
        if found is None:
            raise NotYet("no stamp")
        return found[1].replace("&amp;", "&")

    def send(self, path: str, fields: dict[str, str], *, signed_in: bool = False) -> str:
        """Where a form leads when it was taken."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Sec-Fetch-Site": "same-origin",
        }
        if signed_in:
            headers |= cookies()
            fields = {**fields, "csrfmiddlewaretoken": TOKEN}
        status, found, body = self.ask("POST", path, body=urlencode(fields), headers=headers)
        if status != 303:
            raise NotYet(f"{status} {body[:300]}")
        return found

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str, str]:
        """Status, Location and body of one exchange."""
        with _link(self.port) as link:
            link.request(method, path, body=body, headers=headers or {})
            answer = link.getresponse()
            return answer.status, answer.getheader("Location") or "", answer.read().decode()


TOKEN = "x" * 32
"""A form token that matches its cookie; nobody but a test may choose one."""


def cookies() -> dict[str, str]:
    """What Theo's browser sends with everything."""
    return {"Cookie": f"sessionid={SESSION}; csrftoken={TOKEN}"}


@contextmanager
def _link(port: int) -> Iterator[http.client.HTTPConnection]:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        yield link
    finally:
        link.close()
