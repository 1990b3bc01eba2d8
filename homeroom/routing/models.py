"""Rules that people wrote, the model that was learned, and what was suggested."""

from django.db import models

from homeroom.district.models import Account, Service, Team
from homeroom.tickets.models import Ticket


class Rule(models.Model):
    """An administrator's exception to what was learned: when all of `when` holds, do `then`."""

    name = models.CharField(max_length=200)
    order = models.PositiveIntegerField(default=100)
    when = models.JSONField(default=dict)
    """Closed set of tests: words, to, sender, channel, org, service, role, language."""
    service = models.ForeignKey(Service, models.CASCADE, null=True)
    team = models.ForeignKey(Team, models.CASCADE, null=True)
    priority = models.PositiveSmallIntegerField(null=True)
    is_on = models.BooleanField(default=True)
    made_by = models.ForeignKey(Account, models.SET_NULL, null=True)
    made_at = models.DateTimeField()


class Learned(models.Model):
    """A fitted model as arrays, never pickle; one champion decides on every machine alike."""

    hash = models.CharField(max_length=64, unique=True)
    weights = models.BinaryField()
    encoder = models.CharField(max_length=64)
    services_hash = models.CharField(max_length=64)
    """Of the services it was fitted for; a change of services calls for a new fit."""
    threshold = models.FloatField(null=True)
    """Confidence from which it routes by itself; empty: it only suggests."""
    report = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    is_champion = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_champion"], condition=models.Q(is_champion=True), name="one_champion"
            )
        ]


class Suggestion(models.Model):
    """What routing thought of one request, kept with what it thought it with."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, primary_key=True)
    options = models.JSONField(default=list)
    """Best first, at most three: {"service", "team", "department" (ids), "confidence"}."""
    why = models.JSONField(default=list)
    """Plain sentences."""
    by = models.CharField(max_length=10, default="model")
    rule = models.ForeignKey(Rule, models.SET_NULL, null=True)
    model = models.CharField(max_length=64, blank=True)
    threshold = models.FloatField(null=True)
    is_automatic = models.BooleanField(default=False)
    at = models.DateTimeField()


class Label(models.Model):
    """What a person said the right service was: what the model learns from."""

    ticket = models.ForeignKey(Ticket, models.CASCADE)
    service = models.ForeignKey(Service, models.SET_NULL, null=True)
    team = models.ForeignKey(Team, models.SET_NULL, null=True)
    suggested = models.ForeignKey(Service, models.SET_NULL, null=True, related_name="+")
    was_right = models.BooleanField()
    by = models.ForeignKey(Account, models.SET_NULL, null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-at"], name="label_at")]
