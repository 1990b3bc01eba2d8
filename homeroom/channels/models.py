"""What came through a door and what must leave through one."""

from django.db import models

from homeroom.district.models import Channel
from homeroom.kit.models import Blob
from homeroom.tickets.models import Message, Participant, Ticket


class Envelope(models.Model):
    """One thing as it arrived, byte for byte, with its end state and the reason."""

    class State(models.TextChoices):
        RECEIVED = "received"
        FILED = "filed"
        IGNORED = "ignored"
        HELD = "held"
        QUARANTINED = "quarantined"

    class Form(models.TextChoices):
        RFC822 = "rfc822"
        LINE = "line"

    channel = models.CharField(max_length=20)
    entry = models.ForeignKey(Channel, models.SET_NULL, null=True)
    """The configured entry it came to, when one is known."""
    key = models.CharField(max_length=200)
    """Unique in its channel: the same thing offered twice is stored once."""
    form = models.CharField(max_length=10, choices=Form)
    raw = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    recipients = models.JSONField(default=list)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    reason = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    """Not before then, after a failed try."""
    message = models.ForeignKey(Message, models.SET_NULL, null=True)
    ticket = models.ForeignKey(Ticket, models.SET_NULL, null=True)
    relation = models.CharField(max_length=12, blank=True)
    """CONTRACT §5: opened, continued, joined, answered, ignored, held."""
    settled_at = models.DateTimeField(null=True)
    is_released = models.BooleanField(default=False, db_default=False)
    """A person said: whatever it looks like, somebody asks for something here."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "key"], name="arrived_once"),
            models.CheckConstraint(
                condition=~models.Q(state="filed") | models.Q(relation__gt=""),
                name="filed_says_where",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], name="envelope_waiting", condition=models.Q(state="received")
            ),
            models.Index(
                fields=["-received_at"],
                name="envelope_aside",
                condition=models.Q(state__in=["held", "quarantined"]),
            ),
            models.Index(fields=["received_at"], name="envelope_hour"),
            models.Index(fields=["channel", "-received_at"], name="envelope_channel"),
        ]


class Delivery(models.Model):
    """One attempt to hand one message to one door."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"
        STOPPED = "stopped"

    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True)
    message = models.ForeignKey(Message, models.CASCADE, null=True)
    purpose = models.CharField(max_length=20)
    """receipt, reply, assigned, asker_wrote, watcher, link, neutral, test, alarm."""
    once = models.CharField(max_length=200, unique=True)
    """What makes it one: purpose and the event or message it answers, and the recipient."""
    channel = models.CharField(max_length=20)
    recipient = models.CharField(max_length=320)
    participant = models.ForeignKey(Participant, models.SET_NULL, null=True)
    language = models.CharField(max_length=12, default="en")
    external_id = models.CharField(max_length=320, unique=True)
    """The Message-ID it leaves with, the same at each attempt."""
    facts = models.JSONField(default=dict)
    """What the template needs besides the ticket and the message."""
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at", "id"], name="delivery_queue", condition=models.Q(state="queued")
            ),
            models.Index(fields=["recipient", "-made_at"], name="delivery_recipient"),
            models.Index(fields=["ticket", "id"], name="delivery_ticket"),
        ]


class Hour(models.Model):
    """One hour of one channel in the ledger: what came in must equal what became of it."""

    channel = models.CharField(max_length=20)
    starts_at = models.DateTimeField()
    came_in = models.PositiveIntegerField()
    filed = models.PositiveIntegerField()
    ignored = models.PositiveIntegerField()
    held = models.PositiveIntegerField()
    quarantined = models.PositiveIntegerField()
    waiting = models.PositiveIntegerField()
    checked_at = models.DateTimeField()
    is_balanced = models.BooleanField()
    finding = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "starts_at"], name="one_hour")]
