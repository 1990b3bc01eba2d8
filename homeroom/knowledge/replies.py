"""What staff answer with: replies kept for the next time, and which passages a reply leaned on."""

from django.db import models

from homeroom.district.models import Team
from homeroom.tickets.models import Message


class SavedReply(models.Model):
    """A reply that a team, or everybody, writes again and again, in one or more languages."""

    title = models.CharField(max_length=80)
    """What staff find it by; askers never see it."""
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="+")
    """Whose it is; nothing: everybody's."""
    texts = models.JSONField(default=dict)
    """By language, with placeholders (`knowledge.placeholders`) that were checked when saved."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "title"], nulls_distinct=False, name="saved_reply_once"
            )
        ]


class Quotation(models.Model):
    """Passages of an article that stand, letter by letter, in a reply that staff sent."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="quotations")
    article = models.ForeignKey("knowledge.Article", models.CASCADE, related_name="quotations")
    quotes = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "article"], name="quoted_once")]
