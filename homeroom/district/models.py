"""The standing facts: what is so before anyone asks for help."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from homeroom.district.accounts import Accounts
from homeroom.district.duties import Duty  # noqa: F401  A table of this room.
from homeroom.district.records import Change  # noqa: F401  A table of this room.


class Sourced(models.Model):
    """Something that a file of the district folder may bring, and may later take away."""

    source = models.CharField(max_length=20, default="hand")
    """Which file it came from: roster, places, services, ...; no file touches what came by hand."""

    class Meta:
        abstract = True


class District(models.Model):
    """The one district of this install, as its district.toml says."""

    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64, default="America/New_York")
    languages = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    mail_domains = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    country = models.CharField(max_length=2, default="US")
    """Where a telephone number without country code is dialled."""
    office_hours = models.CharField(max_length=200, default="Mon-Fri 07:00-17:00")
    year_starts_on = models.DateField(null=True)
    year_ends_on = models.DateField(null=True)
    facts = models.JSONField(default=dict)
    """Whatever else district.toml says, kept as it stands."""
    version = models.BigIntegerField(default=0)
    """Drawn anew whenever standing facts change: what is remembered of them is kept by it."""


class Loaded(models.Model):
    """What the last load of a district folder saw and said, so that the same need not be redone."""

    fingerprint = models.CharField(max_length=64)
    """Of the files, the day and the tables as they stood when the load was done."""
    report = models.JSONField()


class Closure(Sourced):
    """One whole day without school, from calendar.ics."""

    on = models.DateField(unique=True)
    name = models.CharField(max_length=200)


class Org(Sourced):
    """A district, school or department; the tree comes from OneRoster's org."""

    class Kind(models.TextChoices):
        DISTRICT = "district"
        SCHOOL = "school"
        DEPARTMENT = "department"
        OTHER = "other"

    source_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind)
    parent = models.ForeignKey("self", models.SET_NULL, null=True)
    aliases = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    keys = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    """Name, aliases and abbreviation folded for look-up."""
    hours = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        indexes = [GinIndex(fields=["keys"], name="org_keys")]


class Place(Sourced):
    """A building, room, stop or field."""

    source_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    parent = models.ForeignKey("self", models.SET_NULL, null=True)
    org = models.ForeignKey(Org, models.SET_NULL, null=True)
    aliases = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    keys = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    """Name and aliases folded for look-up: lower case, no accents, single spaces."""
    is_active = models.BooleanField(default=True)

    class Meta:
        indexes = [GinIndex(fields=["keys"], name="place_keys")]


class Person(Sourced):
    """Anyone known: pupil, guardian, staff member, neighbour."""

    source_id = models.CharField(max_length=200, unique=True, null=True)
    number = models.CharField(max_length=60, blank=True)
    """The pupil or staff number people write, OneRoster's `identifier`."""
    given_name = models.CharField(max_length=200, blank=True)
    family_name = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=40, blank=True)
    job = models.CharField(max_length=200, blank=True)
    grade = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=12, blank=True)
    org = models.ForeignKey(Org, models.SET_NULL, null=True)
    """Where they mostly are: the org of their primary role."""
    place = models.ForeignKey(Place, models.SET_NULL, null=True)
    keys = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    """Full name, family name and number folded for look-up."""
    is_private = models.BooleanField(default=False)
    """Opted out of directory information: never suggested, never named in an answer."""
    is_active = models.BooleanField(default=True)

    class Meta:
        indexes = [GinIndex(fields=["keys"], name="person_keys")]

    @property
    def name(self) -> str:
        """How the person is called in full, or an empty string."""
        return f"{self.given_name} {self.family_name}".strip()


class Role(Sourced):
    """A person's part at an org, from one day to another."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="roles")
    org = models.ForeignKey(Org, models.CASCADE)
    role = models.CharField(max_length=40)
    """OneRoster 1.2 role: student, teacher, aide, guardian, parent, principal, ..."""
    is_primary = models.BooleanField(default=False)
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "org", "role", "from_on"], name="one_role", nulls_distinct=False
            )
        ]


class Guardianship(Sourced):
    """An adult answers for a pupil (OneRoster agent)."""

    guardian = models.ForeignKey(Person, models.CASCADE, related_name="wards")
    student = models.ForeignKey(Person, models.CASCADE, related_name="guardians")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["guardian", "student"], name="one_guardianship")
        ]


class Identity(models.Model):
    """One address of one person on one kind of channel: a claim until verified."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=20)
    """email, phone, slack, teams, gchat."""
    value = models.CharField(max_length=320)
    """Canonical: lower case mail address, E.164 number."""
    source = models.CharField(max_length=20, default="roster")
    verified_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    """When mail to it last bounced for good; empty when it works as far as we know."""
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "value", "person"], name="one_identity")
        ]


class Asset(Sourced):
    """A device or a thing that breaks."""

    tag = models.CharField(max_length=100, unique=True)
    serial = models.CharField(max_length=100, blank=True, db_index=True)
    kind = models.CharField(max_length=60)
    model = models.CharField(max_length=200, blank=True)
    org = models.ForeignKey(Org, models.SET_NULL, null=True)
    place = models.ForeignKey(Place, models.SET_NULL, null=True)
    person = models.ForeignKey(Person, models.SET_NULL, null=True)
    keys = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        indexes = [GinIndex(fields=["keys"], name="asset_keys")]


class Team(Sourced):
    """A group that owns a queue."""

    source_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200)
    department = models.ForeignKey(Org, models.PROTECT)
    email = models.CharField(max_length=320, blank=True)
    hours = models.CharField(max_length=200, blank=True)
    """Such as ``Mon-Fri 06:30-16:30``; empty means the department's, then the district's."""
    is_active = models.BooleanField(default=True)


class Membership(Sourced):
    """A person works in a team."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, models.CASCADE, related_name="memberships")
    is_lead = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "person"], name="one_membership")]


class Service(Sourced):
    """Something one can ask for: topic, category and queue are this one word."""

    source_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    department = models.ForeignKey(Org, models.PROTECT)
    team = models.ForeignKey(Team, models.PROTECT)
    audiences = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    sensitivity = models.CharField(max_length=20, default="internal")
    """public, internal, student_record, confidential or safety."""
    default_priority = models.PositiveSmallIntegerField(default=3)
    required_context = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    helpful_context = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    context_fields = models.JSONField(default=dict)
    raisers = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    """`raise_priority_if` as the district wrote it."""
    auto_answer = models.CharField(max_length=20, default="no")
    first_response_hours = models.FloatField(default=8)
    resolve_hours = models.FloatField(default=40)
    like = models.CharField(max_length=200, blank=True)
    """The catalogue service it resembles; a hint for learning, never a key."""
    examples = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)


class Channel(Sourced):
    """One configured entry: a mailbox, a form, a number."""

    kind = models.CharField(max_length=20)
    address = models.CharField(max_length=320, blank=True)
    name = models.CharField(max_length=200)
    org = models.ForeignKey(Org, models.SET_NULL, null=True)
    is_on = models.BooleanField(default=True)
    cursor = models.JSONField(default=dict)
    """How far a watcher has read: for IMAP the folder, UIDVALIDITY and last UID."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "address"], name="one_channel")]


class Account(AbstractBaseUser, PermissionsMixin):
    """A sign-in, optionally of a person."""

    email = models.EmailField(unique=True)
    person = models.OneToOneField(Person, models.SET_NULL, null=True)
    is_active = models.BooleanField(default=True)
    is_administrator = models.BooleanField(default=False)
    is_leader = models.BooleanField(default=False)
    language = models.CharField(max_length=12, blank=True)
    has_keys = models.BooleanField(default=True)
    """Single-key shortcuts on (WCAG 2.1.4 asks for the switch)."""

    USERNAME_FIELD = "email"
    objects: ClassVar[Accounts] = Accounts()


class Token(models.Model):
    """A key to the API: what is stored is its fingerprint."""

    fingerprint = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    account = models.ForeignKey(Account, models.CASCADE)
    scopes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)


class MagicLink(models.Model):
    """A single-use, short-lived proof that someone reads an address."""

    fingerprint = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=320, db_index=True)
    goes_to = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
