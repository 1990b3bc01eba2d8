"""What the district already knows."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from homeroom.district.models import Account, Org, Service, Sourced
from homeroom.knowledge.origins import Origin, Source  # noqa: F401  Tables of this room.
from homeroom.knowledge.replies import Quotation, SavedReply  # noqa: F401  Tables of this room.
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
    schools = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    """`source_id` of the schools that it speaks of; none means all."""
    translation_of = models.ForeignKey("self", models.SET_NULL, null=True, related_name="versions")
    """The article that this one says in another language; a version has no versions."""
    is_draft = models.BooleanField(default=False, db_default=False)
    """Nobody is shown it but those who may edit it."""
    is_active = models.BooleanField(default=True)
    reviewed_on = models.DateField(null=True)
    """When somebody last said that it is true."""
    asked_on = models.DateField(null=True)
    """When the owner was last asked to say so."""
    changed_at = models.DateTimeField(null=True)
    """When it was last saved by hand."""
    indexed = models.CharField(max_length=64, blank=True)
    """Hash of the words, the encoders and the rules its passages were made with."""

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["translation_of", "language"], name="one_version_a_language"
            ),
            models.CheckConstraint(
                condition=~models.Q(translation_of=models.F("id")), name="no_version_of_itself"
            ),
        ]


class Edition(models.Model):
    """An article as it stood after it was saved: who saved it and when."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    """Counts up from 1 within the article."""
    at = models.DateTimeField()
    by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    """Nobody: it came so from a file."""
    title = models.CharField(max_length=300)
    body = models.TextField()
    settings = models.JSONField(default=dict)
    """Whose it was, who might see it and until when, as `editing.settings` wrote it."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="edition_in_order")
        ]


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


class Gap(models.Model):
    """Something asked that the articles do not say, with how often: found at night."""

    class Kind(models.TextChoices):
        """What is missing."""

        ASKED = "asked"
        """Asked again and again, and no article answers it."""
        REJECTED = "rejected"
        """An article was found, and those who asked said no or came back."""
        FIELD = "field"
        """A fact of a request that nearly always has to be asked back."""

    class State(models.TextChoices):
        """What became of it."""

        OPEN = "open"
        DRAFTED = "drafted"
        DISMISSED = "dismissed"

    kind = models.CharField(max_length=8, choices=Kind)
    service = models.ForeignKey(Service, models.CASCADE, null=True)
    article = models.ForeignKey(Article, models.CASCADE, null=True, related_name="gaps")
    """Of `rejected`: what was found."""
    field = models.CharField(max_length=60, blank=True)
    """Of `field`: its name."""
    seen = models.PositiveIntegerField()
    out_of = models.PositiveIntegerField()
    """`seen` of so many requests of the service, or answers from the article."""
    examples = models.JSONField(default=list)
    """How it was asked, without names, numbers and addresses of people; the likest to all first."""
    tickets = ArrayField(models.BigIntegerField(), default=list, blank=True)
    """The requests it is made of: its evidence, and how it is known again the next night."""
    first_at = models.DateTimeField()
    found_at = models.DateTimeField()
    """When it was last seen to be so."""
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    draft = models.ForeignKey(Article, models.SET_NULL, null=True, related_name="+")
