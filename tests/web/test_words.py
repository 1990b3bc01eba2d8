"""Every sentence is in every language, says the same things, and is easy to read."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import polib
import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import dateformat, translation
from django.utils.dates import MONTHS, WEEKDAYS

from homeroom.channels.email import letters, wording
from homeroom.channels.models import Delivery
from homeroom.tickets import answering
from homeroom.tickets.answering import Author
from homeroom.tickets.models import Ticket
from homeroom.web import opening
from homeroom.web.portal import doorkeeper, sending, status
from tests.cast import NOW, Cast
from tests.visitors import house, signed_in
from tests.web import samples, spoken
from tests.web.spoken import HOUSE, Sentence

CATALOGUE = polib.pofile(str(HOUSE / "locale/es/LC_MESSAGES/django.po"))
SAID = spoken.places()
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
TAG = re.compile(r"<[^>]+>")


def _said(entry: polib.POEntry) -> Sentence:
    return Sentence(entry.msgid, plural=entry.msgid_plural or "", context=entry.msgctxt or "")


def _forms(entry: polib.POEntry) -> list[tuple[str, str]]:
    """Each Spanish form beside the English one that it stands for."""
    if not entry.msgid_plural:
        return [(entry.msgid, entry.msgstr)]
    return [
        (entry.msgid if number == 0 else entry.msgid_plural, text)
        for number, text in entry.msgstr_plural.items()
    ]


FORMS = [(entry, english, spanish) for entry in CATALOGUE for english, spanish in _forms(entry)]
PUBLIC = [form for form in FORMS if spoken.is_public(SAID.get(_said(form[0]), set()))]


def test_the_catalogue_has_what_is_said_and_nothing_else() -> None:
    """Else: run scripts/collect_words, write what is empty, run scripts/compile_locale."""
    collected = {_said(entry) for entry in CATALOGUE}
    assert sorted(set(SAID) - collected) == []
    assert sorted(collected - set(SAID)) == []


def test_nothing_is_empty_guessed_or_left_over() -> None:
    unsure = [e.msgid for e in CATALOGUE if e.fuzzy or e.obsolete]
    assert unsure == []
    assert [english for _, english, spanish in FORMS if not spanish.strip()] == []


def test_names_and_markup_are_the_same_in_spanish() -> None:
    for _, english, spanish in FORMS:
        assert Counter(PLACEHOLDER.findall(english)) == Counter(PLACEHOLDER.findall(spanish)), (
            english
        )
        assert Counter(TAG.findall(english)) == Counter(TAG.findall(spanish)), english
        assert english[:1].isspace() == spanish[:1].isspace(), english
        assert english[-1:].isspace() == spanish[-1:].isspace(), english


def test_what_runs_is_what_was_written() -> None:
    ran = subprocess.run(
        [sys.executable, HOUSE.parent / "scripts/compile_locale", "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout


def test_questions_and_sentences_end_alike() -> None:
    for _, english, spanish in FORMS:
        ends = (english.rstrip()[-1:], spanish.rstrip()[-1:])
        assert ends[0] not in ".:" or ends[1] in ".:)?", english
        assert spanish.count("¿") == spanish.count("?"), spanish
        assert spanish.count("¡") == spanish.count("!"), spanish


def test_spanish_says_usted() -> None:
    familiar = r"\b(tú|tu|tus|te|contigo|puedes|quieres|tienes|haz|vosotros)\b"
    assert [text for _, _, text in PUBLIC if re.search(familiar, text, re.IGNORECASE)] == []


def test_no_word_of_ours_changes_how_dates_are_written() -> None:
    with translation.override("es"):
        assert [str(MONTHS[number]) for number in (1, 5, 8, 12)] == [
            "enero", "mayo", "agosto", "diciembre",
        ]  # fmt: skip
        assert [str(WEEKDAYS[number]) for number in (0, 2, 6)] == ["lunes", "miércoles", "domingo"]
        whole = dateformat.format(NOW, translation.pgettext("date format", "l, M j, Y"))
        assert whole == "martes 24 de noviembre de 2026"


@pytest.mark.parametrize(
    ("written", "english", "spanish"),
    [
        ("Mo-Fr 07:00-17:00", "Monday to Friday, 7:00 AM to 5:00 PM", "lunes a viernes, 7:00 a 17:00"),
        ("Sat 8:00-12:00", "Saturday, 8:00 AM to 12:00 PM", "sábado, 8:00 a 12:00"),
        ("24/7", "day and night", "de día y de noche"),
        ("School days, 7 AM to 5 PM", "School days, 7 AM to 5 PM", "School days, 7 AM to 5 PM"),
        (
            "Mon-Thu 07:00-12:00, 13:00-17:00; Fri 07:00-12:00",
            "Monday to Thursday, 7:00 AM to 12:00 PM, 1:00 PM to 5:00 PM; Friday, 7:00 AM to 12:00 PM",
            "lunes a jueves, 7:00 a 12:00, 13:00 a 17:00; viernes, 7:00 a 12:00",
        ),
    ],
)  # fmt: skip
def test_opening_hours_are_said_in_words(written: str, english: str, spanish: str) -> None:
    with translation.override("en"):
        assert opening.in_words(written).replace("\u00a0", " ") == english
    with translation.override("es"):
        assert opening.in_words(written) == spanish


# --- How hard it is to read ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("The cat sat on the mat. The dog ran to the cat.", -2, 2),
        ("The quick brown fox jumps over the lazy dog.", 2, 4),
        ("Administrative regulations necessitate preliminary authorization.", 18, 50),
    ],
)  # fmt: skip
def test_the_grade_of_known_texts(text: str, least: float, most: float) -> None:
    assert least <= spoken.grade(text) <= most


@pytest.mark.parametrize(
    ("word", "count"),
    [("people", 2), ("asked", 1), ("needed", 2), ("please", 1), ("minutes", 2), ("messages", 3),
     ("write", 1), ("else", 1), ("the", 1), ("table", 2), ("while", 1)],
)  # fmt: skip
def test_english_syllables(word: str, count: int) -> None:
    assert spoken.english_syllables(word) == count


@pytest.mark.parametrize(
    ("word", "count"),
    [("solicitud", 4), ("día", 2), ("escuela", 3), ("que", 1), ("guerra", 2), ("leer", 2), ("muy", 1),
     ("ciudad", 2), ("pingüino", 3), ("ahora", 3), ("y", 1), ("ayuda", 3), ("aún", 2)],
)  # fmt: skip
def test_spanish_syllables(word: str, count: int) -> None:
    assert spoken.spanish_syllables(word) == count


def test_english_for_everyone_is_grade_six_at_most() -> None:
    long = [spoken.plain(entry.msgid) for entry, _, _ in PUBLIC]
    long = [text for text in long if len(spoken.words(text)) >= 8]
    assert len(long) > 60
    assert [(text, round(spoken.grade(text), 1)) for text in long if spoken.grade(text) > 6] == []


def test_spanish_for_everyone_is_easy() -> None:
    long = [spoken.plain(spanish) for _, _, spanish in PUBLIC]
    long = [text for text in long if len(spoken.words(text)) >= 8]
    assert len(long) > 60
    assert [(text, round(spoken.ease(text), 1)) for text in long if spoken.ease(text) < 70] == []


# --- Nothing on a page for everyone stays English ------------------------------------------------

ACCENTS = str.maketrans("aeiouAEIOUcn", "áéíóúÁÉÍÓÚçñ")
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
DATES = re.compile(
    r"\b(?:de|lunes|martes|miércoles|jueves|viernes|sábado|domingo|enero|febrero|octubre|noviembre|diciembre)\b"
)
EVERYWHERE = ("Cedar Valley Schools", "Homeroom", "help@cedarvalley.example")
SHOWN_IN = {"aria-label", "placeholder", "title", "alt", "data-changed", "data-away"}
VOID = {"meta", "link", "input", "br", "hr", "img", "use", "path", "rect"}


def _pseudo(english: str) -> str:
    """The sentence with accents and between marks, names and markup as they are."""
    parts = re.split(r"(<[^>]+>|%\(\w+\)[sd])", english)
    for number in range(0, len(parts), 2):
        if parts[number].strip():
            parts[number] = f"⟦{parts[number].translate(ACCENTS)}⟧"
    return "".join(parts)


@pytest.fixture
def pseudo(tmp_path: Path, settings: object) -> None:
    """Spanish is pseudo-English: whatever passes by the catalogue stands out."""
    folder = tmp_path / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    made = polib.POFile()
    made.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for one in SAID:
        text = one.text if one.context else _pseudo(one.text)
        if one.context == "date format":
            text = "l j \\d\\e F"
        entry = polib.POEntry(msgid=one.text, msgctxt=one.context or None)
        if one.plural:
            entry.msgid_plural = one.plural
            entry.msgstr_plural = {0: text, 1: _pseudo(one.plural)}
        else:
            entry.msgstr = text
        made.append(entry)
    made.save_as_mofile(str(folder / "django.mo"))
    settings.LOCALE_PATHS = [tmp_path]  # type: ignore[attr-defined]


class Shown(HTMLParser):
    """What a reader sees or hears of a page; what declares another language is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.pieces += [given[name] or "" for name in SHOWN_IN & given.keys()]
        if tag not in VOID:
            foreign = tag != "html" and "lang" in given
            self._open.append(foreign or given.get("class") == "face" or tag == "script")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Drawings hold no words."""

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._open):
            self.pieces.append(data)


def leaks(html: str, data: tuple[str, ...] = ()) -> list[str]:
    """The pieces of a page that did not come from the catalogue and are not `data`."""
    shown = Shown()
    shown.feed(html)
    found = []
    for piece in shown.pieces:
        rest = MARKED.sub(" ", piece)
        for known in sorted((*EVERYWHERE, *data), key=len, reverse=True):
            rest = rest.replace(known, " ")
        rest = DATES.sub(" ", rest)
        if re.search(r"[^\W\d_]", rest):
            found.append(" ".join(piece.split()))
    return found


def test_the_leak_test_finds_a_leak(pseudo: None) -> None:
    assert leaks("<p>⟦Sént⟧ <b>now</b></p>") == ["now"]
    assert leaks('<p aria-label="You">⟦Sént⟧</p>') == ["You"]
    assert leaks("<p>⟦Sént⟧ 9:38, Cedar Valley Schools</p>") == []
    with translation.override("en"):
        assert leaks(render_to_string("404.html", {}))
    with translation.override("es"):
        assert leaks(render_to_string("404.html", {})) == []


def _data(value: object) -> Iterator[str]:
    """The texts in a context, line by line; codes of one small word are none."""
    if isinstance(value, str):
        yield from (line for line in value.split("\n") if not re.fullmatch(r"[a-z_]*", line))
    elif isinstance(value, dict):
        for one in value.values():
            yield from _data(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _data(one)


OTHERS = ("account/", "desk/mail_frame.html", "desk/search.html", "api/")
"""Words that are not ours or no words: allauth's, a stranger's mail, search marks, program code."""
SCREENS = [one for one in samples.screens() if not one.template.startswith(OTHERS)]
KEYS = re.compile(r"\b(?:Ctrl|Enter|Esc|[a-z?])\b|⏎")


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_no_template_leaks(screen: samples.Screen, pseudo: None) -> None:
    # Words that a sample hands in as a view would: translated there.
    ways = ("text", "email", "the district's safety team", "staff", "students, families")
    with translation.override("es"):
        html = render_to_string(screen.template, screen.context)
    found = leaks(html, (*_data(screen.context), *ways))
    assert [piece for piece in found if KEYS.sub("", piece).strip()] == []


@pytest.mark.parametrize("purpose", sorted(letters.TO_ASKERS | letters.TO_STAFF | {"link", "test"}))
def test_no_letter_leaks(purpose: str, pseudo: None) -> None:
    names = ("district", "reference", "re_subject", "staff_subject", "team", "by", "due", "author",
             "who", "where", "is_unproven", "is_danger", "danger", "why", "answer", "question")  # fmt: skip
    words: dict[str, object] = dict.fromkeys(names, "7")
    words |= {"is_guarded": False, "sources": ["7"]}
    words |= dict.fromkeys(("status_url", "desk_url", "link_url"), "https://h.example/")
    texts = dict.fromkeys(("SAID", "QUOTE", "ANSWER", "QUESTION"), ("said", "7"))
    for is_bare in (False, True):
        given = words | (dict.fromkeys(("team", "by", "answer", "question"), "") if is_bare else {})
        with translation.override("es"):
            letter = wording.render(purpose, words=given, texts={} if is_bare else texts)
        text = " ".join([letter.subject, *(block.text for block in letter.blocks)])
        assert not re.search(r"[^\W\d_]", MARKED.sub("", text)), text
        assert "⟦" in text


@pytest.mark.parametrize("kind", ["", "self harm", "missing child", "weapon"])
def test_dangers_are_named_in_spanish(kind: str) -> None:
    with translation.override("es"):
        assert wording.danger(kind) not in {kind, "safety"}


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cast]:
    monkeypatch.setattr(sending, "WAIT_S", 0.0)
    monkeypatch.setattr(status, "HOLD_S", 0.0)
    with house() as everyone:
        yield everyone


TYPED = "El 42 no ha llegado"
THEIRS = (
    TYPED,
    "x" * 100_001,
    "El autobús viene",
    "c…@example.org",
    "Theo Ramos",
    "Classroom IT",
    "Bus desk",
    "Safety team",
    "Ana",
)


def _check(visitor: Client, address: str, *, code: int = 200, **form: object) -> None:
    response = visitor.post(address, form) if form else visitor.get(address)
    assert response.status_code == code, address
    known = (*THEIRS, *Ticket.objects.values_list("reference", flat=True))
    assert leaks(response.content.decode(), known) == [], address


@pytest.mark.django_db
def test_no_page_for_everyone_leaks(cast: Cast, pseudo: None) -> None:
    visitor = signed_in(None)
    stamp = doorkeeper.stamp(now=NOW - timedelta(seconds=30))
    good = {"need": TYPED, "reach": "charlie@example.org", "stamp": stamp}
    for address in ("/es/", "/es/check/", "/es/privacy/"):
        _check(visitor, address)
    for bad in (
        {"need": "", "reach": ""},
        {"reach": "5"},
        {"reach": "a@"},
        {"need": "x" * 100_001},
    ):
        _check(visitor, "/es/", code=422, **(good | bad))
    _check(visitor, "/es/check/", code=422, reach="nowhere")
    _check(visitor, "/es/check/", reach="charlie@example.org")
    _check(visitor, "/es/r/0123/", code=404)
    _check(visitor, "/es/in/0123/", code=410)

    receipt = visitor.post("/es/", good)["Location"]
    page = receipt.split("?")[0]
    ticket = Ticket.objects.get()
    for address in (
        receipt,
        f"{receipt}&held=1",
        page,
        f"{page}?saved=fixed",
        f"{page}?saved=message",
    ):
        _check(visitor, address)
    _check(visitor, page, code=422, do="message", text="")
    theo = Author(person_id=cast.theo.pk, name="Theo Ramos")
    answering.answer(ticket, text="El autobús viene", author=theo, now=NOW)
    visitor.post(page, {"do": "not_fixed"})
    Ticket.objects.update(safety="self_harm", read_at=NOW)
    _check(visitor, receipt)


@pytest.mark.django_db
def test_the_pages_of_a_magic_link_leak_nothing(cast: Cast, pseudo: None) -> None:
    visitor = signed_in(None)
    stamp = doorkeeper.stamp(now=NOW - timedelta(seconds=30))
    visitor.post("/es/", {"need": TYPED, "reach": "charlie@example.org", "stamp": stamp})
    visitor.post("/es/check/", {"reach": "charlie@example.org"})
    path = str(Delivery.objects.get(purpose="link").facts["path"])
    _check(visitor, path)
    assert visitor.post(path)["Location"] == "/es/mine/"
    _check(visitor, "/es/mine/")
    _check(signed_in(None), path, code=410)
