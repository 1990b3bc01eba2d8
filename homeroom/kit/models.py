"""Bytes kept once, and answers remembered so that asking twice does nothing twice."""

from django.db import models


class Blob(models.Model):
    """Bytes by their SHA-256: raw mail, attachments. Never changed, never executed."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    size = models.PositiveIntegerField()
    media_type = models.CharField(max_length=100, default="application/octet-stream")
    """Judged from the content, never from what the sender declared."""
    content = models.BinaryField()
    stored_at = models.DateTimeField()


class Answered(models.Model):
    """The answer given to one caller's Idempotency-Key, kept so that a repeat gets the same."""

    caller = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="answered_once")]


class Throttle(models.Model):
    """A token bucket by name: how much is left and since when."""

    name = models.CharField(primary_key=True, max_length=200)
    left = models.FloatField()
    at = models.DateTimeField(db_index=True)
