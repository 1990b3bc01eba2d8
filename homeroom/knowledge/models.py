"""What the district already knows."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from homeroom.district.models import Account, Org, Service, Sourced
from homeroom.tickets.models import Message, Ticket


class Article(Sourced):
    """Approved text with owner, audience and review date."""

    source_id = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=300)
    body = models.TextField()
    """Markdown."""
    service = models.ForeignKey(Service, models.SET_NULL, null=True)
    department = models.ForeignKey(Org, models.SET_NULL, null=True)
    audience = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    visibility = models.CharField(max_length=10, default="public")
    language = models.CharField(max_length=12, default="en")
    owner = models.CharField(max_length=320, blank=True)
    review_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    facts = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
    reviewed_on = models.DateField(null=True)
    """When somebody last said that it is true."""
    indexed = models.CharField(max_length=64, blank=True)
    """Hash of the words, the encoders and the rules its passages were made with."""


class Edition(models.Model):
    """An article as it was before a change: who changed it and when."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="editions")
    at = models.DateTimeField()
    by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    title = models.CharField(max_length=300)
    body = models.TextField()


class Passage(models.Model):
    """A citable piece of an article and what it means; the piece of kind "title" is not cited."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="passages")
    position = models.PositiveIntegerField()
    block = models.IntegerField()
    kind = models.CharField(max_length=8)
    heading = models.TextField(blank=True)
    text = models.TextField()
    quote = models.TextField()
    encoder = models.CharField(max_length=64)
    vector = models.BinaryField()
    """float16, as the encoder named by `encoder` gave it."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "position"], name="passage_in_place")
        ]


class Alias(models.Model):
    """A question in somebody's words that this article has answered."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="aliases")
    text = models.TextField()
    language = models.CharField(max_length=12)
    encoder = models.CharField(max_length=64)
    vector = models.BinaryField()
    at = models.DateTimeField()
    message = models.OneToOneField(Message, models.SET_NULL, null=True, related_name="+")
    """The question that was confirmed; nothing for one written by hand."""
    is_active = models.BooleanField(default=True)
    """Staff take an alias away; it stays on record so that it is not learned again."""


class Citation(models.Model):
    """The answer one message was given, the passages it leans on, and what became of it."""

    class State(models.TextChoices):
        """How the asker took it."""

        GIVEN = "given"
        ACCEPTED = "accepted"
        REJECTED = "rejected"
        RETURNED = "returned"

    class Audit(models.TextChoices):
        """What a member of staff found."""

        NONE = ""
        DRAWN = "drawn"
        RIGHT = "right"
        WRONG = "wrong"

    message = models.OneToOneField(Message, models.CASCADE, related_name="citation")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="citations")
    article = models.ForeignKey(Article, models.PROTECT, related_name="citations")
    text = models.TextField()
    quotes = models.JSONField(default=list)
    language = models.CharField(max_length=12)
    """Of the article; the asker's is the message's."""
    confidence = models.FloatField()
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.GIVEN)
    state_at = models.DateTimeField(null=True)
    audit = models.CharField(max_length=6, choices=Audit, blank=True, default=Audit.NONE)
    audited_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["article", "state"], name="citation_article"),
            models.Index(fields=["state", "at"], name="citation_state"),
        ]
