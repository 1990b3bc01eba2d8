"""Incidents, and what each request says of one; tables of `tickets.models`."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from homeroom.district.models import Org, Service


class Incident(models.Model):
    """One disruption that many requests report: solve once, tell all."""

    class Status(models.TextChoices):
        """A machine suggests; a person confirms or dismisses, and says when it is over."""

        SUGGESTED = "suggested"
        CONFIRMED = "confirmed"
        DISMISSED = "dismissed"
        RESOLVED = "resolved"

    title = models.CharField(max_length=200)
    status = models.CharField(
        max_length=10, choices=Status, default=Status.SUGGESTED, db_default="suggested"
    )
    service = models.ForeignKey(Service, models.SET_NULL, null=True)
    scope = models.CharField(max_length=10, default="district", db_default="district")
    """How far it reaches: route, app, site or district."""
    org = models.ForeignKey(Org, models.SET_NULL, null=True)
    """The school of scope `site`."""
    mark = models.CharField(max_length=80, blank=True, db_default="")
    """The route or application of those scopes, as it is named."""
    evidence = models.JSONField(default=dict)
    """Why it was suggested: reports, minutes, usual (requests an hour)."""
    opened_at = models.DateTimeField()
    """When it was suggested."""
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    """When its first and its latest report came."""
    resolved_at = models.DateTimeField(null=True)
    """When it was over, or dismissed."""

    class Meta:
        app_label = "tickets"
        indexes = [models.Index(fields=["-last_at"], name="incident_lately")]


class Report(models.Model):
    """What one request says of a disruption it may be about, as it was understood."""

    ticket = models.OneToOneField(
        "tickets.Ticket", models.CASCADE, primary_key=True, related_name="report"
    )
    at = models.DateTimeField()
    reporter = models.CharField(max_length=340)
    """Whoever tells it; the same for one person."""
    verdict = models.CharField(max_length=6)
    services = ArrayField(models.CharField(max_length=200))
    """The likeliest, best first, and beside each its probability."""
    chances = ArrayField(models.FloatField())
    affected = ArrayField(models.CharField(max_length=40), default=list, db_default=[])
    """What it names of all that many depend on (`understanding.affected`)."""
    org = models.ForeignKey(Org, models.SET_NULL, null=True)
    """The school that it tells of, as far as the words or the teller say."""
    route = models.CharField(max_length=80, blank=True)
    app = models.CharField(max_length=80, blank=True)
    is_weighed = models.BooleanField(default=False, db_default=False)
    """Whether it was compared with others; the rows that were not are the queue."""
    incident = models.ForeignKey(Incident, models.SET_NULL, null=True, related_name="reports")
    """What it reports, also where the request is not attached because only a person may do that."""

    class Meta:
        app_label = "tickets"
        indexes = [
            models.Index(fields=["at"], name="report_at"),
            models.Index(fields=["incident", "-at"], name="report_incident"),
            models.Index(fields=["ticket"], condition=Q(is_weighed=False), name="report_waits"),
        ]
