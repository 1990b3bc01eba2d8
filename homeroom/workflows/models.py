"""Work that crosses departments, as templates of linked requests."""

from django.db import models

from homeroom.district.models import Sourced


class Workflow(Sourced):
    """A template: steps, their order and approvals, as workflows.yaml says."""

    source_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200)
    steps = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)
