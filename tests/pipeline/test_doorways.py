"""The commands that take mail: each a process, ended by SIGTERM, with what it took in the database."""

import imaplib
import os
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

from homeroom.channels.models import Envelope
from homeroom.district.models import Channel
from tests.channels.door_process import until
from tests.channels.servers import dovecot, free_port, needs, wait_for

ROOT = Path(__file__).parents[2]
LEE, HELP, IT = (f"{name}@cedarvalley.example" for name in ("dana.lee", "help", "it"))
PROJECTOR = f"From: Dana Lee <{LEE}>\r\nSubject: Projector\r\n\r\nDead again in 214.\r\n".encode()

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def homeroom(*words: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command at work on the test's database; ends well when told to."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    process = subprocess.Popen(
        [sys.executable, "-m", "homeroom", *words],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url._replace(path=f"/{name}").geturl()} | settings,
    )
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_lmtp_takes_one_mail_in_two_parts_as_one() -> None:
    port = free_port()
    with homeroom("lmtp", "--listen", f"127.0.0.1:{port}"):
        wait_for(port, seconds=30)
        with smtplib.LMTP("127.0.0.1", port) as client:
            assert client.sendmail(LEE, [HELP], PROJECTOR) == {}
            assert client.sendmail(LEE, [IT], PROJECTOR) == {}
    envelope = Envelope.objects.select_related("raw").get()
    assert bytes(envelope.raw.content) == PROJECTOR
    assert envelope.recipients == [HELP, IT]


@needs("dovecot")
def test_mail_watches_the_mailboxes_that_are_named() -> None:
    with dovecot() as server:
        with imaplib.IMAP4("127.0.0.1", server.port) as client:
            client.login("help", "secret")
            client.append("INBOX", "", imaplib.Time2Internaldate(0.0), PROJECTOR)
            too_large = PROJECTOR + b"x" * 60 * 1000
            client.append("INBOX", "", imaplib.Time2Internaldate(0.0), too_large)
        with homeroom("mail", HOMEROOM_IMAP=server.url, HOMEROOM_MAX_MESSAGE="50000"):
            until(lambda: Envelope.objects.count() == 2)
    taken, held = Envelope.objects.select_related("raw").order_by("id")
    assert bytes(taken.raw.content) == PROJECTOR
    assert taken.key.startswith("imap:")
    assert taken.entry == Channel.objects.get(kind="mailbox")
    assert (held.state, held.reason[:25]) == ("held", "This message is too large")


def test_mail_without_a_mailbox_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "homeroom", "mail"],
        cwd=ROOT, env=os.environ | {"HOMEROOM_IMAP": ""}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "HOMEROOM_IMAP" in done.stderr
