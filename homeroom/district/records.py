"""What was changed in the settings, kept for good; a table of `district.models`."""

from django.conf import settings
from django.db import models


class Change(models.Model):
    """One setting that somebody changed; append-only, and never a secret."""

    at = models.DateTimeField()
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    """Whose sign-in changed it."""
    what = models.CharField(max_length=20)
    """team, service, rule, sign-in, channel, key, mail, on-call."""
    about = models.CharField(max_length=320)
    """The name of what was changed, as it was called then."""
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    """The values that differ, by what they are called on the page."""

    class Meta:
        app_label = "district"
        indexes = [models.Index(fields=["what", "-id"], name="change_what")]
