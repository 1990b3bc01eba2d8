"""What the district knows, for machines: a question answered, and the articles behind it."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from homeroom.kit import clock
from homeroom.knowledge import queries, wording
from homeroom.pipeline import asking
from homeroom.web.api import told
from homeroom.web.api.door import caller_of
from homeroom.web.api.given import Given
from homeroom.web.api.problems import no_such_thing
from homeroom.web.context import district

if TYPE_CHECKING:
    from homeroom.knowledge.models import Article as Known

router = Router(tags=["answers"])

type Json = dict[str, Any]


class Question(Given):
    """What somebody asks."""

    question: str = Field(min_length=1, max_length=asking.LONGEST)
    language: str | None = Field(None, max_length=12, description="when it is known")


class Page(Schema):
    """A page that may help, without a claim that it answers."""

    article: str
    title: str
    text: str
    score: float


class Asked(Schema):
    """The answer, or null when no article surely answers; what may help all the same."""

    answer: dict[str, Any] | None
    suggestions: list[Page]
    language: str
    why_not: str | None = Field(None, description="why a person must answer, when one must")


class Row(Schema):
    """One article."""

    id: str
    title: str
    service: str | None
    department: str | None
    audience: list[str]
    visibility: str
    language: str
    owner: str | None
    review_on: str | None
    reviewed_on: str | None
    expires_on: str | None


class Article(Row):
    """One article with its words."""

    body: str


class Articles(Schema):
    """The articles that the key's account may see and that hold today."""

    articles: list[Row]


@router.post("ask", response=Asked, summary="Ask a question")
def ask(request: HttpRequest, body: Question) -> Json:
    """Answers from what the key's account may see; keys without "read" see what everybody may.

    Nothing of the question is kept. What a person must answer is never answered here.
    """
    caller = caller_of(request)
    found = asking.ask(
        body.question, viewer=caller.viewer, now=clock.now(), hint=body.language or ""
    )
    answer = found.answer
    return {
        "answer": wording.told(answer, language=found.language) if answer else None,
        "suggestions": [
            {"article": one.article, "title": one.title, "text": one.text, "score": one.score}
            for one in found.suggestions
        ],
        "language": found.language,
        "why_not": found.why_not or None,
    }


@router.get("articles", response=Articles, summary="What the district knows")
def articles(request: HttpRequest) -> Json:
    """Every article that may answer today."""
    caller = caller_of(request)
    caller.need("read")
    found = queries.standing(viewer=caller.viewer, today=_today())
    return {"articles": [_row(one) for one in found]}


@router.get(
    "articles/{path:id}",
    response={200: Article, 404: told.ProblemTold},
    summary="One article",
)
def article(request: HttpRequest, id: str) -> Json:  # noqa: A002
    """One article with its words."""
    caller = caller_of(request)
    caller.need("read")
    found = queries.article(id, viewer=caller.viewer, today=_today())
    if found is None:
        raise no_such_thing()
    return _row(found) | {"body": found.body}


def _today() -> date:
    return clock.now().astimezone(district().zone).date()


def _row(one: "Known") -> Json:
    days = ("review_on", "reviewed_on", "expires_on")
    return {
        "id": one.source_id,
        "title": one.title,
        "service": one.service.source_id if one.service else None,
        "department": one.department.source_id if one.department else None,
        "audience": list(one.audience),
        "visibility": one.visibility,
        "language": one.language,
        "owner": one.owner or None,
        **{name: str(getattr(one, name)) if getattr(one, name) else None for name in days},
    }
