"""What the district already knows."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from homeroom.district.models import Org, Service, Sourced


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
