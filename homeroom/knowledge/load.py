"""articles/*.md become the district's approved texts."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from homeroom.district.folder.items import Item, item_of, plain
from homeroom.district.folder.loading import Loading
from homeroom.district.folder.staging import Cursor, Merge, merge, retire, stage
from homeroom.district.folder.tables import read_text
from homeroom.district.load import load_file, loading_of
from homeroom.district.models import Org, Service
from homeroom.district.report import Report, Tally
from homeroom.kit.errors import Expected
from homeroom.knowledge.models import Article

AUDIENCES = ("student", "family", "staff", "community")
VISIBILITIES = ("public", "signed_in", "staff", "team")
_SOURCE = "articles"
_DAYS = ("review_on", "expires_on", "reviewed_on")
_FENCE = "---"
_COLUMNS = (
    "source_id text, title text, body text, service text, department text, audience varchar[],"
    " visibility text, language text, owner text, review_on date, expires_on date,"
    " reviewed_on date, schools varchar[], is_draft boolean, translation_of text, facts jsonb"
)


class _Refused(Expected):
    """An article that cannot be used, and the line that says why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def load(folder: Path, *, now: datetime, allow_shrink: bool = False) -> Report:
    """What became of the folder's articles, written in one transaction.

    An expired article is kept: it is the answer's business not to lean on it. One that was edited
    by hand since is left as it is, with a remark.
    """
    loading = loading_of(folder, now=now, allow_shrink=allow_shrink)
    return Report(files=(load_file("articles", _load, loading),))


def _load(cur: Cursor, path: Path, tally: Tally, loading: Loading) -> None:
    # Read before the copy begins: nothing else may be asked while it runs.
    known = _Standing(
        services=dict(Service.objects.values_list("source_id", "department__source_id")),
        orgs=dict(Org.objects.values_list("source_id", "kind")),
        by_hand=set(Article.objects.filter(source="hand").values_list("source_id", flat=True)),
    )
    stage(cur, "new_articles", _COLUMNS, _rows(path, tally, loading, known))
    names = ("title", "body", "audience", "visibility", "language", "owner", "schools", "is_draft")
    plan = Merge(
        model=Article,
        staged="new_articles",
        key={"source_id": "s.source_id"},
        values={
            **{name: f"s.{name}" for name in (*names, *_DAYS, "facts")},
            "service_id": "v.id",
            "department_id": "d.id",
            "is_active": "true",
            "source": f"'{_SOURCE}'",
        },
        joins=(
            "LEFT JOIN district_service v ON v.source_id = s.service"
            " LEFT JOIN district_org d ON d.source_id = s.department"
        ),
    )
    merge(cur, plan, tally)
    retire(cur, plan, tally, source=_SOURCE, allow_shrink=loading.allow_shrink, noun="articles")
    # Once all are there: a version may stand before the article whose version it is.
    cur.execute(_VERSIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """What the articles of a folder may name, and which of them people have edited since."""

    services: Mapping[str, str]
    """Service → its department."""
    orgs: Mapping[str, str]
    """Org → its kind."""
    by_hand: Collection[str]


def _rows(
    path: Path, tally: Tally, loading: Loading, known: _Standing
) -> Iterator[tuple[object, ...]]:
    """The row of each file that can be used and that nobody has edited since by hand."""
    seen: set[str] = set()
    for file in sorted(path.glob("*.md")):
        own = Tally(file=f"articles/{file.name}")
        try:
            row = _article(file, own, seen, known)
        except _Refused as error:
            own.refuse(error.line, str(error))
            row = None
        if row is not None and row[0] in known.by_hand:
            own.remark(1, "It was edited in setup since: the file is left aside.")
            row = None
        tally.refused += own.refused
        tally.remarks += own.remarks
        tally.unknown |= own.unknown
        if row is not None:
            loading.progress(tally)
            yield row


_VERSIONS = """
UPDATE knowledge_article a SET translation_of_id = w.original FROM (
  SELECT DISTINCT ON (o.id, s.language) v.id AS version, o.id AS original FROM new_articles s
  JOIN knowledge_article v ON v.source_id = s.source_id
  JOIN knowledge_article o ON o.source_id = s.translation_of AND o.id <> v.id
    AND o.translation_of_id IS NULL AND o.language <> s.language
  ORDER BY o.id, s.language, v.id
) w WHERE a.id = w.version AND a.translation_of_id IS DISTINCT FROM w.original
  AND NOT EXISTS (SELECT 1 FROM knowledge_article t WHERE t.translation_of_id IN (w.version)
    OR (t.translation_of_id = w.original AND t.language = a.language AND t.id <> a.id))
"""
"""Each version is tied to its article; the second in one language, and a version of a version,
are not."""


def _article(
    file: Path, tally: Tally, seen: set[str], known: _Standing
) -> tuple[object, ...] | None:
    """The row of one article; raises _Refused."""
    item, body = _parted(read_text(file, tally))
    id_, title = item.text("id", file.stem), item.text("title")
    if not title or len(title) > 300 or not 0 < len(id_) <= 200 or "\0" in body + title:
        raise _Refused(
            item.line, "An article needs a title of at most 300 letters, and plain text."
        )
    if not body:
        raise _Refused(item.line, "The article says nothing below its head.")
    if id_ in seen:
        raise _Refused(item.line_of("id"), f"The id {id_} belongs to another article already.")
    service = _known(item, "service", known.services.keys(), tally)
    department = _known(item, "department", known.orgs, tally)
    department = department or known.services.get(service, "")
    audience = _audience(item, tally)
    visibility = _visibility(item, audience)
    seen.add(id_)
    row = (
        *(id_, title, body, service, department, audience, visibility),
        *(item.text("language", "en")[:12], item.text("owner")[:320]),
        *(item.day(name, tally) for name in _DAYS),
        *(_schools(item, known.orgs, tally), _is_draft(item), item.text("translation_of")),
    )
    tally.unknown_keys(item.rest)
    return (*row, json.dumps(plain(item.rest)))


def _parted(text: str) -> tuple[Item, str]:
    """The head and the body of an article; raises _Refused."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != _FENCE:
        raise _Refused(1, "An article begins with a line of --- and its head.")
    ends = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == _FENCE), 0)
    if not ends:
        raise _Refused(1, "The head of the article has no second line of --- to end it.")
    try:
        # One line is put before the head, so that its lines count as they do in the file.
        node = yaml.compose("\n" + "\n".join(lines[1:ends]), yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise _Refused(line, "The head of the article cannot be read as YAML.") from error
    item = item_of(node) if node is not None else None
    if item is None:
        raise _Refused(1, "The head of the article has no keys such as title.")
    return item, "\n".join(lines[ends + 1 :]).strip()


def _known(item: Item, key: str, known: Collection[str], tally: Tally) -> str:
    value = item.text(key)
    if value and value not in known:
        tally.remark(item.line_of(key), f"The {key} {value} is not known; kept without it.")
        return ""
    return value


def _schools(item: Item, orgs: Mapping[str, str], tally: Tally) -> list[str]:
    """The schools it speaks of; one that nobody knows is left out with a remark."""
    line = item.line_of("schools")
    given = list(dict.fromkeys(item.texts("schools")))
    known = [one for one in given if orgs.get(one) == "school"]
    for one in given:
        if one not in known:
            tally.remark(line, f"The school {one} is not known; kept without it.")
    if given and not known:
        # Written for one school, we cannot tell which: that is not all of them.
        raise _Refused(line, "None of the article's schools is known.")
    return known


def _is_draft(item: Item) -> bool:
    """Whether the head says so, in any of the ways that people say it."""
    return (
        item.text("draft") in {"yes", "true"}
        or item.text("status").lower() == "draft"
        or item.text("published", "yes") in {"no", "false"}
    )


def _audience(item: Item, tally: Tally) -> list[str]:
    given = [one.lower() for one in item.texts("audience")]
    line = item.line_of("audience")
    for one in given:
        if one not in AUDIENCES:
            tally.remark(line, f"The audience “{one}” is none of {', '.join(AUDIENCES)}.")
    known = [one for one in dict.fromkeys(given) if one in AUDIENCES]
    if given and not known:
        # Written for somebody, we cannot tell whom: that is not everybody.
        raise _Refused(line, "None of the article's audiences is known.")
    return known


def _visibility(item: Item, audience: list[str]) -> str:
    """Who may see it: as the head says, else staff for staff's own texts, else everyone."""
    value = item.text("visibility", "staff" if audience == ["staff"] else "public").lower()
    if value not in VISIBILITIES:
        reason = f"The visibility “{value}” is none of {', '.join(VISIBILITIES)}."
        raise _Refused(item.line_of("visibility"), reason)
    return value
