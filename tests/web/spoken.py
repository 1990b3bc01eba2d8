"""Every sentence of the house, found in its source; and how hard a sentence is to read."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

HOUSE = Path(__file__).resolve().parents[2] / "homeroom"
ASKERS = (
    "channels/form/", "channels/templates/mail/", "web/portal/", "web/policy.py",
    "web/templates/portal/", "web/templates/base.html", "web/templates/4", "web/templates/5",
    *(f"web/templates/parts/{part}.html" for part in (
        "answer", "errors", "facts", "field", "foot", "help", "said", "steps", "tongues")),
)  # fmt: skip
"""Where sentences for everyone stand; the rest is for people who work here."""
STAFF_LETTERS = (
    "alarm",
    "article",
    "asker_wrote",
    "assigned",
    "new_in_team",
    "watcher",
    "test",
    "parts/about",
)
_PLAIN, _WITH_PLURAL, _WITH_CONTEXT = range(3)
_CALLS = {
    "gettext": _PLAIN, "gettext_lazy": _PLAIN, "gettext_noop": _PLAIN, "_": _PLAIN,
    "ngettext": _WITH_PLURAL, "ngettext_lazy": _WITH_PLURAL,
    "pgettext": _WITH_CONTEXT, "pgettext_lazy": _WITH_CONTEXT,
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Sentence:
    """One thing the house says, as a catalogue keys it."""

    text: str
    plural: str = ""
    context: str = ""


def places() -> dict[Sentence, set[str]]:
    """Every sentence, with the files that say it."""
    found: dict[Sentence, set[str]] = {}
    for path in sorted(HOUSE.rglob("*")):
        where = path.relative_to(HOUSE).as_posix()
        if path.suffix not in {".py", ".html", ".txt"} or where.startswith("demo/"):
            continue
        if path.suffix != ".py" and "/templates/" not in where:
            continue
        for sentence in _in(path):
            found.setdefault(sentence, set()).add(where)
    return found


def is_public(where: set[str]) -> bool:
    """Whether people outside may read it."""
    letters = tuple(f"channels/templates/mail/{name}" for name in STAFF_LETTERS)
    return any(place.startswith(ASKERS) and not place.startswith(letters) for place in where)


def _in(path: Path) -> Iterator[Sentence]:
    source = path.read_text()
    if path.suffix != ".py":
        # What makemessages makes of a template is calls in Python's syntax, with other words
        # blotted out between them.
        for call in re.finditer(
            r'\b(?:[np]?gettext|npgettext|_)\((?:\s*u?r?"""(?:.|\n)*?"""|\s*u?r?\'\'\'(?:.|\n)*?\'\'\''
            r'|\s*u?r?"[^"\n]*"|\s*u?r?\'[^\'\n]*\'|\s*\w+|\s*,)+\s*\)',
            templatize(source, origin=str(path)),
        ):
            yield from _calls(ast.parse(call[0]))
        return
    yield from _calls(ast.parse(source))


def _calls(tree: ast.AST) -> Iterator[Sentence]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
        words = [
            arg.value for arg in node.args
            if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]  # fmt: skip
        if name not in _CALLS or not words:
            continue
        form = _CALLS[name]
        if form == _WITH_CONTEXT:
            yield Sentence(words[1], context=words[0])
        elif form == _WITH_PLURAL:
            yield Sentence(words[0], plural=words[1])
        else:
            yield Sentence(words[0])


def plain(text: str) -> str:
    """The words as they are read: without markup, and with a short word for a name, a time or an address."""
    bare = re.sub(r"<[^>]+>", "", text)
    return re.sub(r"%\(\w+\)[sd]|\S+@\w+\.\w+", "Lee", bare).replace("%%", "%")


def words(text: str) -> list[str]:
    """The words of a text; numbers are not among them."""
    return re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", text)


def n_sentences(text: str) -> int:
    """How many sentences; as Flesch counts, a colon or semicolon also ends one."""
    return max(1, len(re.findall(r"[.?!:;](?=\s|$)", text.strip().rstrip(".?!:;") + ".")))


def grade(text: str) -> float:
    """The school grade that can read an English text (Kincaid et al. 1975)."""
    found = words(text)
    syllables = sum(map(english_syllables, found))
    return 0.39 * len(found) / n_sentences(text) + 11.8 * syllables / len(found) - 15.59


def english_syllables(word: str) -> int:
    """Syllables by vowel groups; a silent e, -ed or -es at the end is none."""
    word = word.lower()
    count = len(re.findall(r"[aeiouy]+", word))
    silent = r"(?:[^aeiouyl]|[aeiouy]l)e$|[^aeiouytd]ed$|[^aeiouyszxcgh]es$"
    return max(1, count - bool(re.search(silent, word)))


def ease(text: str) -> float:
    """How easy a Spanish text is, 0 to 100 (Fernández Huerta 1959); 70 is a school's grade 6."""
    found = words(text)
    syllables = sum(map(spanish_syllables, found))
    return 206.84 - 60 * syllables / len(found) - 1.02 * len(found) / n_sentences(text)


def spanish_syllables(word: str) -> int:
    """Syllables: strong vowels and stressed weak ones stand alone, weak ones join them."""
    word = re.sub(r"(?<=[gq])u(?=[eiéí])", "", word.lower())
    word = re.sub(r"y$", "i", word)
    count = 0
    for group in re.findall(r"[aeiouáéíóúü]+", word):
        alone = len(re.findall(r"[aeoáéóíú]", group))
        count += max(1, alone)
    return max(1, count)
