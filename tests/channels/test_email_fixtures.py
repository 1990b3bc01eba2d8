"""Every hand-written message beside this file is read as its JSON says."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from homeroom.channels.email.own import own
from homeroom.channels.email.reading import TOKEN_HEADER, read
from homeroom.channels.inbound import Inbound

HERE = Path(__file__).parent / "mail"
OURS = own(
    ["help@district.example"],
    reply=["help@district.example"],
    message_domain="mail.district.example",
)
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CASES = sorted(path.stem for path in HERE.glob("*.eml"))


def seen(inbound: Inbound, key: str) -> Any:
    match key:
        case "sender":
            return inbound.sender.email
        case "sender_name":
            return inbound.sender.name
        case "token":
            return inbound.headers.get(TOKEN_HEADER)
        case _:
            return getattr(inbound, key)


@pytest.mark.parametrize("case", CASES)
def test_it_is_read_as_written_down(case: str) -> None:
    inbound = read((HERE / f"{case}.eml").read_bytes(), received_at=AT, own=OURS)
    expected = json.loads((HERE / f"{case}.json").read_text(encoding="utf-8"))
    for phrase in expected.pop("text_holds", []):
        assert phrase in inbound.text
    if remark := expected.pop("remark", ""):
        assert any(remark in said for said in inbound.remarks)
    for key, value in expected.pop("bounce", {}).items():
        assert getattr(inbound.bounce, key) == value, key
    files = expected.pop("attachments", [])
    assert len(inbound.attachments) == len(files) or "bounce" in case or "auto" in case
    for file, (name, media_type, size) in zip(inbound.attachments, files, strict=False):
        assert file.media_type == media_type
        assert name is None or file.name == name
        assert size is None or len(file.content) == size
    for key, value in expected.items():
        assert seen(inbound, key) == value, key


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 120
