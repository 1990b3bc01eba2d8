"""Rules that people wrote, the model that was learned, and what was suggested."""

from django.db import models

from homeroom.district.models import Account, Org, Service, Team
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


class Calibration(models.Model):
    """What confidence was proved to mean, from decisions scored before they were learned from."""

    name = models.CharField(max_length=16)
    """A hash over the decisions it rests on."""
    gate = models.JSONField()
    """As `routing.gate.Gate` writes it: thresholds and their bounds."""
    report = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    fallen_at = models.DateTimeField(null=True)
    """When too many automatic decisions turned out wrong: from then on it only suggests."""
    checked = models.JSONField(default=dict)
    """The last look at how it does: {"at", "decisions", "errors"}."""


class Caution(models.Model):
    """What an administrator allows: of one department, or (none named) of the whole district."""

    department = models.ForeignKey(Org, models.CASCADE, null=True)
    alpha = models.FloatField(null=True)
    """Largest share of automatic decisions that may be wrong; empty: the usual."""
    is_manual = models.BooleanField(default=False)
    """People route its requests, however sure Homeroom is."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["department"], name="one_caution", nulls_distinct=False)
        ]


class Learned(models.Model):
    """A fitted model as arrays, never pickle; one champion decides on every machine alike."""

    hash = models.CharField(max_length=64, unique=True)
    weights = models.BinaryField()
    encoder = models.CharField(max_length=64)
    services_hash = models.CharField(max_length=64)
    """Of the services it was fitted for; a change of services calls for a new fit."""
    calibration = models.ForeignKey(Calibration, models.SET_NULL, null=True)
    """What was proved of it; empty: it only suggests."""
    is_cold = models.BooleanField(default=True)
    """Whether it knows nothing of this district but its services."""
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
    score = models.FloatField(null=True)
    """That the department is right, as the model said it, before it was made honest."""
    threshold = models.FloatField(null=True)
    calibration = models.CharField(max_length=16, blank=True)
    """Name of the set of decisions that its threshold was proved with."""
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


class Precedent(models.Model):
    """A past request whose owner is known: its vector, never its words, and what was thought of it.

    `score` is of a model that had learned from the others, never from it.
    """

    key = models.CharField(max_length=220, unique=True)
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True)
    """Empty: it came from a file of the district's past."""
    at = models.DateTimeField()
    known_at = models.DateTimeField()
    """When its owner was known: nothing decided before may have learned from it."""
    lang = models.CharField(max_length=12)
    encoder = models.CharField(max_length=64)
    vector = models.BinaryField()
    """float16, as `tickets.Vector` keeps it."""
    services = models.JSONField(default=list)
    """Source ids of the services it may be about: one, or a team's, or a department's."""
    departments = models.JSONField(default=list)
    """Source ids of the departments that may own it."""
    weight = models.FloatField(default=1.0)
    """1 for a person's word, less for what merely went without complaint."""
    model = models.CharField(max_length=64, blank=True)
    department = models.CharField(max_length=200, blank=True)
    """Which department that model named."""
    service = models.CharField(max_length=200, blank=True)
    """And which service."""
    score = models.FloatField(null=True)
    """How sure it was; empty: nobody had to decide, or a rule did."""
    beside = models.JSONField(default=dict)
    """What was known beside the words, as `routing.leaning.Beside`."""
    words = models.CharField(max_length=32, blank=True)
    """Hash of the line of a file that it came from."""

    class Meta:
        indexes = [models.Index(fields=["at"], name="precedent_at")]
