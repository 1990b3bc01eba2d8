"""Alarms and the rounds in which people are called for them; tables of `tickets.models`."""

from django.db import models


class Alarm(models.Model):
    """Words of danger that ring until a person says that they have them.

    A test has no request.
    """

    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, null=True, related_name="alarms")
    message = models.ForeignKey("tickets.Message", models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=20)
    """The kind of danger, or ``test``."""
    rung_at = models.DateTimeField()
    is_for_all = models.BooleanField(default=False)
    """Administrators were called as well, and may see the request since."""
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        "district.Person", models.SET_NULL, null=True, related_name="+"
    )
    """Empty, too, for a sign-in that belongs to nobody on the roster."""

    class Meta:
        app_label = "tickets"
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"],
                name="rings_once",
                condition=models.Q(acknowledged_at=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="alarm_ringing", condition=models.Q(acknowledged_at=None)
            ),
            models.Index(
                fields=["ticket"], name="alarm_for_all", condition=models.Q(is_for_all=True)
            ),
        ]


class Round(models.Model):
    """One time that people are called for an alarm; the row is the work."""

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True)
    """When it was done; empty while it is to come, and for good when somebody was faster."""
    n_called = models.PositiveSmallIntegerField(default=0)
    """How many people were called by mail."""

    class Meta:
        app_label = "tickets"
        constraints = [
            models.UniqueConstraint(fields=["alarm", "number"], name="each_round_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="round_to_come", condition=models.Q(called_at=None)
            ),
        ]
