"""`read` cannot raise, names every message, and finds the secret of a reply address."""

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom.channels.email import identity, reading
from homeroom.channels.email.own import own
from homeroom.channels.email.reading import TOKEN_HEADER, UNREADABLE, read
from homeroom.channels.inbound import Inbound, Nature
from homeroom.kit.mail.headers import Headers

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OURS = own(
    ["help@district.example", "HR@district.example"],
    reply=["help@district.example"],
    message_domain="m.district.example",
)


def reads(raw: bytes, *rcpt: str) -> Inbound:
    return read(raw, received_at=AT, own=OURS, rcpt=rcpt)


@settings(max_examples=300)
@given(st.binary(max_size=600))
def test_any_bytes_are_read(raw: bytes) -> None:
    inbound = reads(raw)
    assert inbound.at == AT
    assert inbound.external_id
    assert not set("\r\n\0") & set(inbound.subject)


def test_a_fault_of_ours_keeps_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(raw: bytes) -> None:
        raise RuntimeError

    monkeypatch.setattr(reading, "parse", broken)
    inbound = reads(b"Subject: x\r\n\r\nbody")
    assert inbound.text == UNREADABLE
    assert inbound.attachments[0].content == b"Subject: x\r\n\r\nbody"
    assert inbound.remarks == ("The message could not be read (RuntimeError).",)


def test_a_message_without_an_id_is_named_by_its_bytes() -> None:
    raw = b"From: ana@example.org\r\n\r\nhi"
    assert reads(raw).external_id == f"gen:{hashlib.sha256(raw).hexdigest()}"
    assert reads(b"Message-ID: <a@b>\r\n\r\nhi").external_id == "a@b"


def test_references_are_read_leniently_newest_last() -> None:
    raw = b"References: <a@x>\r\n <b@x>,<a@x>\r\nIn-Reply-To: message of <c@x>\r\n\r\n"
    inbound = reads(raw)
    assert inbound.references == ("a@x", "b@x")
    assert inbound.in_reply_to == "c@x"
    many = Headers((("references", b" ".join(b"<%d@x>" % n for n in range(900))),))
    assert len(identity.references(many)) == identity.MAX_REFERENCES
    assert identity.references(many)[-1] == "899@x"


@pytest.mark.parametrize("name", ["To", "Cc", "Delivered-To", "X-Original-To"])
def test_the_token_of_a_reply_address_is_found(name: str) -> None:
    raw = f"From: ana@example.org\r\n{name}: Help <help+s3cretT0ken@district.example>\r\n\r\nhi".encode()
    assert reads(raw).headers[TOKEN_HEADER] == "s3cretT0ken"
    assert (
        reads(b"Subject: x\r\n\r\nhi", "help+s3cretT0ken@district.example").headers[TOKEN_HEADER]
        == "s3cretT0ken"
    )


@pytest.mark.parametrize(
    "address",
    [
        "help+s3cretT0ken@evil.test",
        "hr+s3cretT0ken@district.example",
        "help+x@district.example",
        "help@district.example",
    ],
)
def test_no_other_address_carries_a_token(address: str) -> None:
    assert TOKEN_HEADER not in reads(f"To: {address}\r\n\r\nhi".encode()).headers


def test_a_header_cannot_forge_the_token() -> None:
    assert TOKEN_HEADER not in reads(b"X-Homeroom-Token: forged\r\nSubject: x\r\n\r\nhi").headers


def test_only_the_topmost_authentication_results_are_handed_on() -> None:
    raw = b"Authentication-Results: ours; dkim=fail\r\nAuthentication-Results: forged; dkim=pass\r\nFrom: a@b.c\r\n\r\nhi"
    assert reads(raw).headers["authentication-results"] == "ours; dkim=fail"


def test_our_own_mail_is_a_loop_in_any_spelling() -> None:
    for sender in (
        "HELP@District.Example",
        "hr@district.example",
        "help+s3cretT0ken@district.example",
    ):
        assert reads(f"From: {sender}\r\nSubject: x\r\n\r\nhi".encode()).nature is Nature.LOOP
    assert reads(b"From: dana.lee@district.example\r\nSubject: x\r\n\r\nhi").nature is Nature.PERSON
