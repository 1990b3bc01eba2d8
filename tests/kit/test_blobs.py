"""Bytes are kept once, as they are, and without more memory than they need."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import DataError, connection, transaction

from homeroom.kit import blobs, clock
from homeroom.kit.models import Blob

EVERY_BYTE = bytes(range(256)) * 3

LARGE = """
import django, os, resource
django.setup()
from homeroom.kit import blobs, clock
blobs.keep(b"small", now=clock.now())
content = os.urandom(38_000_000)
def peak():  # not ru_maxrss: across exec it remembers what the parent of this process held
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
before = peak()
name = blobs.keep(content, now=clock.now())
print(name, (peak() - before) // 1024)
"""


@pytest.mark.django_db
def test_every_byte_comes_back_and_twice_is_once() -> None:
    name = blobs.keep(EVERY_BYTE, now=clock.now())
    assert blobs.keep(EVERY_BYTE, now=clock.now()) == name
    assert blobs.content(name) == EVERY_BYTE
    assert blobs.content(blobs.keep(b"", now=clock.now())) == b""
    assert Blob.objects.get(pk=name).size == len(EVERY_BYTE)


@pytest.mark.django_db
def test_it_is_kept_with_the_callers_transaction_or_not_at_all() -> None:
    with transaction.atomic():
        name = blobs.keep(b"never", now=clock.now())
        assert Blob.objects.filter(pk=name).exists()
        transaction.set_rollback(True)
    assert not Blob.objects.exists()


@pytest.mark.django_db
def test_what_the_database_refuses_is_a_database_error_of_django(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blobs, "media_type", lambda _: "x" * 101)
    with pytest.raises(DataError), transaction.atomic():
        blobs.keep(b"refused", now=clock.now())
    assert not Blob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_large_one_is_kept_without_a_text_of_it() -> None:
    """Written into the statement, 38 MB took 290 MB more; the driver's one copy takes at most 80."""
    url = urlsplit(os.environ["DATABASE_URL"])
    done = subprocess.run(
        [sys.executable, "-c", LARGE],
        cwd=Path(__file__).parents[2],
        env=os.environ
        | {
            "DATABASE_URL": url._replace(path="/" + connection.settings_dict["NAME"]).geturl(),
            "DJANGO_SETTINGS_MODULE": "homeroom.config",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    name, grown = done.stdout.split()
    assert Blob.objects.get(pk=name).size == 38_000_000
    assert int(grown) < 100
