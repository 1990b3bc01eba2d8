"""Mail as real people's programs write it: Gmail, Outlook, an iPhone, Yahoo and a plain one."""

import html
import random
import struct
import zlib
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from typing import Final

CLIENTS: Final = ("gmail", "outlook", "iphone", "yahoo", "plain")
_STAFF_CLIENTS: Final = ("outlook", "gmail", "iphone")
_DOMAINS: Final = {
    "gmail": "mail.gmail.com",
    "outlook": "cy5pr01mb1234.prod.outlook.example",
    "iphone": "icloud.example",
    "yahoo": "mail.yahoo.example",
    "plain": "mail.example",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """The message that is being answered."""

    message_id: str
    references: str
    sender: str
    subject: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What one person sends, before a program makes it mail."""

    sender_name: str
    sender: str
    to: str
    subject: str
    text: str
    at: datetime
    answers: Quoted | None = None
    photo: str = ""
    signature: str = ""
    automatic: bool = False


def client_of(address: str) -> str:
    """The program that this person always uses."""
    clients = _STAFF_CLIENTS if address.endswith("@cedarvalley.example") else CLIENTS
    return clients[zlib.crc32(address.encode()) % len(clients)]


def compose(letter: Letter, *, draw: random.Random, client: str = "") -> tuple[str, bytes]:
    """The Message-ID, without brackets, and the bytes as they go over the wire."""
    client = client or client_of(letter.sender)
    message = EmailMessage()
    key = f"{draw.getrandbits(80):020x}"
    message_id = f"{'CA' if client == 'gmail' else ''}{key}@{_DOMAINS[client]}"
    message["Message-ID"] = f"<{message_id}>"
    message["Date"] = format_datetime(letter.at)
    message["From"] = formataddr((letter.sender_name, letter.sender))
    message["To"] = letter.to
    message["Subject"] = _subject(letter, client)
    message["MIME-Version"] = "1.0"
    if letter.answers:
        message["In-Reply-To"] = letter.answers.message_id
        message["References"] = f"{letter.answers.references} {letter.answers.message_id}".strip()
    if letter.automatic:
        message["Auto-Submitted"] = "auto-replied"
        message["X-Auto-Response-Suppress"] = "All"
    _BODIES[client](message, letter)
    if letter.photo:
        content = picture(draw)
        message.add_attachment(content, maintype="image", subtype="png", filename=letter.photo)
    return message_id, message.as_bytes(policy=message.policy.clone(linesep="\r\n"))


def _subject(letter: Letter, client: str) -> str:
    if letter.automatic:
        return f"Automatic reply: {letter.subject}"
    if letter.answers is None or letter.subject[:3].upper() == "RE:":
        return letter.subject
    return f"{'RE' if client == 'outlook' else 'Re'}: {letter.subject}"


def _gmail(message: EmailMessage, letter: Letter) -> None:
    plain, rich = letter.text, f'<div dir="ltr">{_rich(letter.text)}</div>'
    if letter.signature:
        plain += f"\n\n-- \n{letter.signature}"
        rich += '<br clear="all"><div><br></div>-- <br><div class="gmail_signature">'
        rich += f"{_rich(letter.signature)}</div>"
    if quoted := letter.answers:
        lead = f"On {quoted.at:%a, %b %d, %Y at %I:%M %p} {quoted.sender} wrote:"
        plain += f"\n\n{lead}\n\n{_angled(quoted.text)}"
        rich += (
            f'<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{html.escape(lead)}'
            '<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;'
            f'border-left:1px solid rgb(204,204,204);padding-left:1ex">{_rich(quoted.text)}'
            "</blockquote></div>"
        )
    message.set_content(plain)
    message.add_alternative(rich, subtype="html")


def _outlook(message: EmailMessage, letter: Letter) -> None:
    message["X-Mailer"] = "Microsoft Outlook 16.0"
    message["Thread-Topic"] = letter.subject
    plain, rich = letter.text, f'<div class="WordSection1">{_paragraphs(letter.text)}'
    if letter.signature:
        plain += f"\n\n{letter.signature}"
        rich += f"<p class=MsoNormal>&nbsp;</p>{_paragraphs(letter.signature)}"
    if quoted := letter.answers:
        head = (
            f"From: {quoted.sender}\nSent: {quoted.at:%A, %B %d, %Y %I:%M %p}\n"
            f"To: {letter.sender_name} <{letter.sender}>\nSubject: {quoted.subject}"
        )
        plain += f"\n\n________________________________\n{head}\n\n{quoted.text}"
        rich += (
            "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'>"
            f"{_paragraphs(head)}</div>{_paragraphs(quoted.text)}"
        )
    message.set_content(plain, cte="quoted-printable")
    page = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!--\n'
        "p.MsoNormal{margin:0in;font-size:11.0pt;font-family:Calibri}\n--></style></head>"
        f'<body lang="EN-US">{rich}</div></body></html>'
    )
    message.add_alternative(page, subtype="html")


def _iphone(message: EmailMessage, letter: Letter) -> None:
    message["X-Mailer"] = "iPhone Mail (24A335)"
    text = f"{letter.text}\n\nSent from my iPhone"
    if quoted := letter.answers:
        lead = f"On {quoted.at:%b %d, %Y, at %I:%M %p}, {quoted.sender} wrote:"
        text += f"\n\n> {lead}\n> \n{_angled(quoted.text)}"
    message.set_content(text)
    message.set_param("format", "flowed")


def _yahoo(message: EmailMessage, letter: Letter) -> None:
    message["X-Mailer"] = "WebService/1.1.22876 YMailNorrin"
    plain, rich = letter.text, f'<div class="yahoo-style-wrap">{_rich(letter.text)}</div>'
    if quoted := letter.answers:
        lead = f"On {quoted.at:%A, %B %d, %Y at %I:%M:%S %p CST}, {quoted.sender} wrote:"
        plain += f"\n\n    {lead}\n\n {quoted.text}"
        rich += (
            f'<div class="yahoo_quoted"><div>{html.escape(lead)}</div>{_rich(quoted.text)}</div>'
        )
    message.set_content(plain)
    message.add_alternative(f"<html><head></head><body>{rich}</body></html>", subtype="html")


def _plain(message: EmailMessage, letter: Letter) -> None:
    text = letter.text
    if quoted := letter.answers:
        text = f"{text}\n\n{quoted.sender} wrote:\n{_angled(quoted.text)}"
    try:
        text.encode("iso-8859-1")
        message.set_content(text, charset="iso-8859-1")
    except UnicodeEncodeError:
        message.set_content(text)


_BODIES: Final = {
    "gmail": _gmail,
    "outlook": _outlook,
    "iphone": _iphone,
    "yahoo": _yahoo,
    "plain": _plain,
}


def _rich(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _paragraphs(text: str) -> str:
    lines = (html.escape(line) or "&nbsp;" for line in text.splitlines())
    return "".join(f"<p class=MsoNormal>{line}</p>" for line in lines)


def _angled(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def picture(draw: random.Random, *, width: int = 160, height: int = 120) -> bytes:
    """A small valid PNG of two random shades: what stands for a photo."""
    top, bottom = (bytes(draw.randrange(256) for _ in range(3)) for _ in range(2))
    rows = b"".join(b"\0" + (top if row < height // 2 else bottom) * width for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
