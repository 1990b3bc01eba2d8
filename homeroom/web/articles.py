"""An article as it is read: its blocks, and the words for who may see it."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from homeroom.knowledge.passages import passages

if TYPE_CHECKING:
    from homeroom.knowledge.models import Article

type Drawn = dict[str, object]

VISIBILITIES = {
    "public": _("Everybody"),
    "signed_in": _("Everybody who signs in"),
    "staff": _("Everybody who works here"),
    "team": _("The team or department it belongs to"),
}
AUDIENCES = {
    "family": _("Families"),
    "student": _("Students"),
    "staff": _("Staff"),
    "community": _("Neighbors and visitors"),
}


def blocks(body: str) -> list[Drawn]:
    """What parts/article.html draws of a Markdown text: headings, paragraphs, lists and tables."""
    made: list[Drawn] = []
    pieces: list[Drawn] = []
    heading, number = "", -1
    for piece in passages(body):
        if piece.block != number:
            pieces = []
            is_new = piece.heading != heading
            made.append({"heading": piece.heading if is_new else "", "pieces": pieces})
            heading, number = piece.heading, piece.block
        pieces.append({"kind": piece.kind, "text": piece.text})
    return made


def whose(article: "Article") -> str:
    """The department an article is from, or whoever keeps it."""
    return article.department.name if article.department else article.owner
