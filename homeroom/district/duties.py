"""Who is called when somebody may be in danger; a table of `district.models`."""

from django.db import models


class Duty(models.Model):
    """One person's place on the on-call list."""

    level = models.PositiveSmallIntegerField()
    """1 is called at once, 2 and 3 when nobody before them is there or has answered."""
    person = models.ForeignKey("district.Person", models.CASCADE, related_name="duties")
    hours = models.CharField(max_length=200, blank=True)
    """When in the week they may be called, such as ``Mon-Fri 07:00-17:00``; empty means always."""

    class Meta:
        app_label = "district"
        constraints = [
            models.UniqueConstraint(fields=["level", "person"], name="on_call_once"),
            models.CheckConstraint(
                condition=models.Q(level__gte=1, level__lte=3), name="level_1_to_3"
            ),
        ]
