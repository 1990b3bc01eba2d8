"""Where what the district knows comes from, when nobody wrote it here; tables of `models`."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from homeroom.district.models import Org, Service, Sourced


class Source(Sourced):
    """Something the district keeps elsewhere, whose pieces are articles here and kept as it is."""

    class Kind(models.TextChoices):
        """How it is read."""

        TABLE = "table"
        CALENDAR = "calendar"
        WEBPAGE = "webpage"
        DOCUMENT = "document"
        MARKDOWN = "markdown"

    source_id = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind)
    address = models.CharField(max_length=2_000, blank=True)
    """Where it is read again; empty for a file that was handed in."""
    file = models.CharField(max_length=200, blank=True)
    """What that file was called."""
    owner = models.CharField(max_length=320, blank=True)
    audience = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    visibility = models.CharField(max_length=10, default="public")
    language = models.CharField(max_length=12, default="en")
    service = models.ForeignKey(Service, models.SET_NULL, null=True, related_name="+")
    department = models.ForeignKey(Org, models.SET_NULL, null=True, related_name="+")
    schools = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    """`source_id` of the schools that it speaks of; none means all."""
    review_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    every_hours = models.PositiveSmallIntegerField(default=24)
    """How often its address is read again."""
    content = models.CharField(max_length=64, blank=True)
    """The blob of the last good copy, by its SHA-256."""
    etag = models.CharField(max_length=200, blank=True)
    modified = models.CharField(max_length=100, blank=True)
    """What its address said of that copy, to be asked whether there is another."""
    taken_at = models.DateTimeField(null=True)
    """When it was last found to be so."""
    due_at = models.DateTimeField(null=True, db_index=True)
    """When it is taken in next; never by itself when empty. The row is the work."""
    error = models.TextField(blank=True)
    """Why it could not be taken in the last time, a sentence; empty when it could."""
    failed_since = models.DateTimeField(null=True)
    remarks = models.JSONField(default=list)
    """What of the last good copy was left out, a sentence each."""
    doubts = models.JSONField(default=list)
    """What contradicts it, as `doubts.Doubt` is written down."""

    class Meta:
        app_label = "knowledge"


class Origin(models.Model):
    """The source that an article was taken from, and when its rows hold."""

    article = models.OneToOneField("knowledge.Article", models.CASCADE, related_name="origin")
    source = models.ForeignKey(Source, models.CASCADE, related_name="pieces")
    moments = models.JSONField(default=dict)
    """By a row of the article, letter by letter: from when to when it holds, as ISO 8601."""

    class Meta:
        app_label = "knowledge"


LISTED = frozenset({Source.Kind.TABLE, Source.Kind.CALENDAR})
"""Kinds of which each row speaks of another thing."""
