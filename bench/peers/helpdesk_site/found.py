"""One agent and six queues, the first of which takes mail from a folder."""

import os

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from helpdesk.models import Queue  # noqa: E402

QUEUES = {
    "it": "IT",
    "fac": "Facilities",
    "hr": "HR",
    "fin": "Finance",
    "bus": "Transportation",
    "fo": "Front office",
}

User.objects.create_superuser("agent", "agent@d.example", "agent")
for slug, title in QUEUES.items():
    takes_mail = slug == "it"
    Queue.objects.create(
        title=title,
        slug=slug,
        allow_public_submission=True,
        allow_email_submission=takes_mail,
        email_box_type="local" if takes_mail else None,
        email_box_local_dir=os.environ["HELPDESK_INBOX"],
        email_address=f"{slug}@d.example",
        new_ticket_cc="",
    )
