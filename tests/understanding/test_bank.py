import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from homeroom.understanding import bank as module
from homeroom.understanding.bank import Bank, StaleBank
from homeroom.understanding.encoders import DATA, HALF, Encoders


def test_stored_vectors_are_the_recorded_file_and_small(bank: Bank) -> None:
    record = json.loads((DATA / "bank_vectors.json").read_text())
    content = (DATA / "bank_vectors.npy").read_bytes()
    assert hashlib.sha256(content).hexdigest() == record["sha256"]
    assert len(content) < 10_000_000
    assert bank.vectors.shape == (len(bank.lines), 2 * HALF)


def test_stored_vectors_are_what_the_encoders_say_today(bank: Bank, encoders: Encoders) -> None:
    assert bank.fingerprint == encoders.fingerprint
    rows = range(0, len(bank.lines), len(bank.lines) // 40)
    fresh = encoders.encode([bank.lines[row].text for row in rows])
    for half in (slice(0, HALF), slice(HALF, None)):
        cosines = (fresh[:, half] * bank.vectors[list(rows), half]).sum(axis=1)
        assert cosines.min() > 0.99


def test_lines_can_be_reviewed_sorted_and_never_twice() -> None:
    for path in sorted((DATA / "bank").glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        keys = [(row["service"], row["lang"], row["voice"], row["channel"]) for row in rows]
        assert keys == sorted(keys), path.name
        assert len({(row["service"], row["text"]) for row in rows}) == len(rows), path.name


def test_an_edited_line_without_new_vectors_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    line = {"service": "it.printer", "lang": "en", "voice": "v", "channel": "c", "text": "new!"}
    (tmp_path / "it.jsonl").write_text(json.dumps(line) + "\n")
    monkeypatch.setattr(module, "_LINES", tmp_path)
    with pytest.raises(StaleBank, match="rebuilt"):
        module._stored([module.key(one.text) for one in module.read_lines()])


def test_rebuilding_encodes_only_what_is_new(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoders: Encoders
) -> None:
    (tmp_path / "bank").mkdir()
    lines = [{"text": "one"}, {"text": "two"}]
    (tmp_path / "bank" / "it.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    (tmp_path / "samples.jsonl").write_text("")
    for name, path in (
        ("_LINES", tmp_path / "bank"),
        ("_SAMPLES", tmp_path / "samples.jsonl"),
        ("_VECTORS", tmp_path / "vectors.npy"),
        ("_RECORD", tmp_path / "vectors.json"),
    ):
        monkeypatch.setattr(module, name, path)
    assert module.rebuild(encoders) == 2
    with (tmp_path / "bank" / "it.jsonl").open("a") as file:
        file.write(json.dumps({"text": "three"}) + "\n")
    assert module.rebuild(encoders) == 1
    vectors, fingerprint = module._stored([module.key("three"), module.key("one")])
    assert fingerprint == encoders.fingerprint
    np.testing.assert_allclose(vectors, encoders.encode(["three", "one"]), atol=1e-3)
