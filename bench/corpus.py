"""A deterministic corpus of a school district's mail, the same bytes for every contender.

Of every 20 messages 14 are plain text of 2 to 6 KB, 4 have an HTML alternative, one has a picture
of 200 KB and one is a reply under a long quotation.
"""

import csv
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

TO = "help@cedarvalley.example"
SCHOOLS = ("Lincoln Elementary", "Roosevelt Middle", "Jefferson High", "Oak Grove", "Washington")
SUBJECTS = (
    "Chromebook will not turn on in room {room}", "Password reset for student",
    "Projector flickering room {room}", "Heating is out in room {room}",
    "Bus {room} was late again", "Payroll question about my last check",
    "Printer jam in the front office", "Leak under sink near room {room}",
    "Wi-Fi keeps dropping in {school}", "Lost badge", "Field trip bus request",
    "What time is the football game Friday?", "Broken window in room {room}",
    "Cannot open the gradebook", "Lunch account balance", "Need access to the shared drive",
    "Substitute login not working", "Transcript request",
)  # fmt: skip
WORDS = (Path(__file__).parent / "words.txt").read_text().split()
STRANGERS = 5
"""Every fifth message comes from somebody who is on no roster."""
FIRST = datetime(2026, 9, 1, 7, tzinfo=UTC)


def senders(folder: Path) -> list[tuple[str, str]]:
    """Names and addresses of everyone with mail on the roster of a district folder."""
    with (folder / "oneroster" / "users.csv").open(encoding="utf-8", newline="") as file:
        return [
            (f"{row['givenName']} {row['familyName']}", row["email"])
            for row in csv.DictReader(file)
            if row["email"]
        ]


class Corpus:
    """Messages by number; the same seed and roster give the same bytes."""

    def __init__(self, known: Sequence[tuple[str, str]], *, seed: int = 7) -> None:
        self.known = known
        self.seed = seed

    def message(self, number: int, *, mark: str = "") -> bytes:
        """Message `number`, with CRLF line ends; a mark stands in its subject and first line."""
        draw = random.Random(f"{self.seed}/{number}")
        room, school = draw.randint(1, 240), draw.choice(SCHOOLS)
        name, address = self._sender(number, draw)
        made = EmailMessage()
        made["From"] = f"{name} <{address}>"
        made["To"] = TO
        made["Subject"] = f"{draw.choice(SUBJECTS).format(room=room, school=school)} {mark}".strip()
        made["Date"] = format_datetime(FIRST + timedelta(minutes=3 * number))
        made["Message-ID"] = _message_id(number)
        opening = f"{mark} I am at {school}, room {room}.\n".lstrip()
        match number % 20:
            case kind if kind < 14:
                text = _body(draw, draw.randint(1500, 5000))
                made.set_content(f"{opening}{text}\n-- \n{name}\n")
            case kind if kind < 18:
                text = opening + _body(draw, draw.randint(2000, 7000))
                made.set_content(text)
                marked = "".join(f"<p style='margin:0'>{each}</p>" for each in text.split("\n\n"))
                made.add_alternative(f"<html><body>{marked}</body></html>", subtype="html")
            case 18:
                made.set_content(opening + _body(draw, 1500))
                picture = draw.randbytes(200_000)
                made.add_attachment(picture, maintype="image", subtype="png", filename="photo.png")
            case _:
                made["In-Reply-To"] = _message_id(draw.randrange(max(1, number)))
                quoted = "\n".join(f"> {each}" for each in _body(draw, 9000).split("\n\n"))
                made.set_content(
                    f"{opening}{_sentence(draw, 30)}\n\nOn Monday someone wrote:\n{quoted}\n"
                )
        return made.as_bytes(policy=made.policy.clone(linesep="\r\n"))

    def write(self, folder: Path, numbers: range) -> list[Path]:
        """The messages of these numbers as files."""
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for number in numbers:
            file = folder / f"{number:06d}.eml"
            file.write_bytes(self.message(number))
            files.append(file)
        return files

    def _sender(self, number: int, draw: random.Random) -> tuple[str, str]:
        if number % STRANGERS == 0 or not self.known:
            return "Robin Stranger", f"robin.stranger{draw.randint(1, 4000)}@example.org"
        return draw.choice(self.known)


def _message_id(number: int) -> str:
    return f"<bench.{number}@example.org>"


def _sentence(draw: random.Random, n_words: int) -> str:
    return " ".join(draw.choice(WORDS) for _ in range(n_words)).capitalize() + "."


def _body(draw: random.Random, n_bytes: int) -> str:
    parts: list[str] = []
    while sum(map(len, parts)) < n_bytes:
        parts.append(_sentence(draw, draw.randint(20, 70)))
    return "\n\n".join(parts)
