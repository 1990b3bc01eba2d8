"""What happened: requests, what was said in them, and the append-only log."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now

from homeroom.district.models import Asset, Org, Person, Place, Service, Team
from homeroom.kit.models import Blob
from homeroom.tickets.bells import Alarm, Round  # noqa: F401  Tables of this room.
from homeroom.tickets.disruptions import Incident, Report  # noqa: F401


class Status(models.TextChoices):
    """Where a request stands; "reopened" is an event, not a status."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


LIVE = (Status.NEW, Status.OPEN, Status.WAITING)
"""The statuses in which somebody still owes somebody something."""


class Ticket(models.Model):
    """One request for help, first word to last. It holds the present; the log holds the past."""

    reference = models.CharField(max_length=12, unique=True, null=True)
    """Made from the id (kit.ids.reference) in the transaction that opens it."""
    subject = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.NEW)
    priority = models.PositiveSmallIntegerField(default=3)
    language = models.CharField(max_length=12, default="en")
    channel = models.CharField(max_length=20)
    sensitivity = models.CharField(max_length=20, default="internal")
    safety = models.CharField(max_length=20, blank=True)
    """What kind of danger the words point at; empty when none."""

    requester = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="requests")
    certainty = models.CharField(max_length=10, default="unknown")
    """How sure we are of the requester: verified, claimed, guessed, unknown."""
    requester_name = models.CharField(max_length=200, blank=True)
    """How the requester called themselves, for people we do not know."""
    org = models.ForeignKey(Org, models.SET_NULL, null=True)
    place = models.ForeignKey(Place, models.SET_NULL, null=True)
    asset = models.ForeignKey(Asset, models.SET_NULL, null=True)
    context = models.JSONField(default=dict)
    """Field name → {"value", "source", "certainty", "id"?}: each fact with who says so."""

    service = models.ForeignKey(Service, models.SET_NULL, null=True)
    team = models.ForeignKey(Team, models.SET_NULL, null=True)
    assignee = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="assigned")
    needs_triage = models.BooleanField(default=True)
    """A person must still say whether the suggestion is right."""
    needs_person = models.BooleanField(default=False, db_default=False)
    """Something in it may be danger, or nobody could read it: no machine answers, ends, merges or
    parks it (`automation`). Never taken back."""

    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    """When understanding had its turn; empty while it has not."""
    reply_due_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)
    resolve_due_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    waiting_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    """The promise that falls due next: reply_due_at until replied, then resolve_due_at."""

    last_text = models.CharField(max_length=300, blank=True)
    last_at = models.DateTimeField(null=True)
    last_by_asker = models.BooleanField(default=True)

    incident = models.ForeignKey(Incident, models.SET_NULL, null=True)
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, related_name="merged")
    linked_to = models.ForeignKey("self", models.SET_NULL, null=True, related_name="linked")
    """A related request that only staff see together: a stranger's answer, a split-off part."""
    search = SearchVectorField(null=True)
    """Subject, words, names, references and tags, in the 'simple' configuration without accents."""

    class Meta:
        indexes = [
            # Every list pages by (sort key, id) within one of these partial indexes.
            models.Index(
                fields=["team", "-changed_at", "-id"],
                name="ticket_team_live",
                condition=models.Q(status__in=["new", "open", "waiting"], merged_into=None),
            ),
            models.Index(
                fields=["assignee", "-changed_at", "-id"],
                name="ticket_assignee_live",
                condition=models.Q(status__in=["new", "open", "waiting"], merged_into=None),
            ),
            models.Index(
                fields=["-changed_at", "-id"],
                name="ticket_live",
                condition=models.Q(status__in=["new", "open", "waiting"], merged_into=None),
            ),
            models.Index(
                fields=["priority", "-changed_at", "-id"],
                name="ticket_triage",
                condition=models.Q(needs_triage=True, merged_into=None),
            ),
            models.Index(
                fields=["due_at", "id"],
                name="ticket_due",
                condition=models.Q(status__in=["new", "open"], merged_into=None),
            ),
            models.Index(fields=["requester", "-opened_at"], name="ticket_requester"),
            models.Index(fields=["org", "-opened_at"], name="ticket_org"),
            models.Index(fields=["service", "-opened_at"], name="ticket_service"),
            models.Index(fields=["-opened_at"], name="ticket_opened"),
            models.Index(fields=["asset", "-opened_at"], name="ticket_asset"),
            models.Index(fields=["place", "-opened_at"], name="ticket_place"),
            GinIndex(fields=["search"], name="ticket_search"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(priority__gte=1, priority__lte=4), name="priority_1_to_4"
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["resolved", "closed"])
                | models.Q(resolved_at__isnull=False),
                name="resolved_has_its_time",
            ),
        ]


STAFF_SIDE = ("watcher", "staff")
"""Roles of those who work on a request rather than ask."""


class Participant(models.Model):
    """Someone who takes part in a request under one address, or staff who watch it."""

    class Role(models.TextChoices):
        REQUESTER = "requester"
        COPIED = "copied"
        WATCHER = "watcher"
        STAFF = "staff"
        """Heard of it because it is their work; may answer by mail, and hears no more once it is
        somebody else's."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="participants")
    role = models.CharField(max_length=10, choices=Role)
    person = models.ForeignKey(Person, models.SET_NULL, null=True)
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=320)
    name = models.CharField(max_length=200, blank=True)
    is_verified = models.BooleanField(default=False)
    """The address is known to be theirs: it is on the roster, or a link sent to it was used."""
    token = models.CharField(max_length=64, unique=True)
    """Unguessable; in this person's reply address and in their status link."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "kind", "value"], name="takes_part_once")
        ]
        indexes = [models.Index(fields=["kind", "value"], name="participant_address")]


class Message(models.Model):
    """Something said: in, out or note."""

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"
        NOTE = "note"

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="messages")
    direction = models.CharField(max_length=4, choices=Direction)
    is_public = models.BooleanField(default=True)
    """Public: the asker may see it. A note and a stranger's words are not."""
    channel = models.CharField(max_length=20)
    external_id = models.CharField(max_length=998, null=True)
    """Unique in its channel; for mail the Message-ID without brackets (RFC 5322 §3.6.4)."""
    person = models.ForeignKey(Person, models.SET_NULL, null=True)
    sender_name = models.CharField(max_length=200, blank=True)
    sender_address = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    cut = models.TextField(blank=True)
    html = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    raw = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    language = models.CharField(max_length=12, blank=True)
    kind = models.CharField(max_length=12, default="request")
    """CONTRACT §5: request, follow_up, thanks, auto_reply, bounce, spam, empty."""
    remarks = models.JSONField(default=list)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    read_at = models.DateTimeField(null=True)
    """When understanding had its turn with what came in; empty while it has not."""
    is_moved_from = models.ForeignKey(Ticket, models.SET_NULL, null=True, related_name="+")
    """The request it came from by merge or split, so that it can go back."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="said_once"),
        ]
        indexes = [
            models.Index(fields=["ticket", "at", "id"], name="message_thread"),
            models.Index(
                fields=["id"],
                name="message_unread",
                condition=models.Q(direction="in", read_at=None),
            ),
        ]


class Attachment(models.Model):
    """One file that came or went with a message; shown by the type its content has."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="attachments")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    declared_type = models.CharField(max_length=100, blank=True)
    content_id = models.CharField(max_length=255, blank=True)
    is_inline = models.BooleanField(default=False)


class Vector(models.Model):
    """What a request means to the encoders: float16, as the encoder named by `encoder` gave it."""

    ticket = models.OneToOneField(Ticket, models.CASCADE, primary_key=True)
    encoder = models.CharField(max_length=64)
    values = models.BinaryField()


class Event(models.Model):
    """One thing that happened; append-only; facts and ids, never words or names."""

    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    type = models.CharField(max_length=40)
    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, related_name="events")
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="events")
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="+")
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    because = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    data = models.JSONField(default=dict)
    version = models.PositiveSmallIntegerField(default=1)
    xact = models.BigIntegerField(
        db_default=models.expressions.RawSQL("(pg_current_xact_id()::text)::bigint", ())
    )
    """The transaction that wrote it: readers follow (xact, id) below the oldest one still open, so
    that a row committed late is never stepped over."""

    class Meta:
        indexes = [
            models.Index(fields=["ticket", "id"], name="event_ticket"),
            models.Index(fields=["xact", "id"], name="event_cursor"),
            models.Index(fields=["type", "at"], name="event_type"),
        ]


class Cursor(models.Model):
    """How far one named reader has followed the log."""

    name = models.CharField(primary_key=True, max_length=60)
    xact = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(db_default=Now())
