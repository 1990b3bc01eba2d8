"""An answer as it is told: the article's own words, with the asker's language around them."""

from urllib.parse import quote

from django.utils import formats, translation
from django.utils.translation import gettext as _

from homeroom.knowledge.answering import Answer
from homeroom.knowledge.models import Citation
from homeroom.understanding.language import base


def around(text: str, *, language: str, asker: str) -> str:
    """The words of an article; for an asker of another language, said to be in its own."""
    if base(language) == base(asker):
        return text
    with translation.override(base(asker)):
        intro = (
            _("This is what the district says about it, in English:")
            if base(language) == "en"
            else _("This is what the district says about it, in Spanish:")
            if base(language) == "es"
            else _("This is what the district says about it, in its own words:")
        )
    return f"{intro}\n\n{text}"


def source(citation: Citation, *, asker: str, origin: str) -> str:
    """Where an answer stands, on one line: title, whose it is, when it was checked, the page."""
    article = citation.article
    with translation.override(base(asker)):
        whose = article.department.name if article.department else article.owner
        parts = [f"“{article.title}”"]
        if whose:
            parts.append(_("From %(whom)s.") % {"whom": whose})
        if article.reviewed_on:
            day = formats.date_format(article.reviewed_on, "DATE_FORMAT")
            parts.append(_("Checked on %(day)s.") % {"day": day})
    return " ".join([*parts, f"{origin}{path(article.source_id)}"])


def path(source_id: str) -> str:
    """The address of an article at the front door."""
    return f"/articles/{quote(source_id, safe='')}/"


def told(answer: Answer, *, language: str) -> dict[str, object]:
    """The answer as CONTRACT §5 promises it, for an asker of this language."""
    return {
        "text": around(answer.text, language=answer.language, asker=language),
        "language": answer.language,
        "citations": [
            {"article": one.article, "title": one.title, "quote": one.quote}
            for one in answer.citations
        ],
        "owner": answer.owner or None,
        "from": answer.department or None,
        "checked": answer.checked.isoformat() if answer.checked else None,
        "confidence": round(answer.confidence, 4),
    }
