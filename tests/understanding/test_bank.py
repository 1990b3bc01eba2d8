import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from homeroom.understanding import bank as module
from homeroom.understanding.bank import Bank, StaleBank
from homeroom.understanding.encoders import DATA, Encoders
from homeroom.understanding.matter import matter
from homeroom.understanding.reports import read_reports


def test_stored_vectors_are_the_recorded_file_and_small(bank: Bank) -> None:
    record = json.loads((DATA / "bank_vectors.json").read_text())
    content = (DATA / "bank_vectors.npz").read_bytes()
    assert hashlib.sha256(content).hexdigest() == record["sha256"]
    assert len(content) < 20_000_000
    assert bank.vectors.shape == (len(bank.lines), 768)


def test_stored_vectors_are_what_the_encoders_say_today(bank: Bank, encoders: Encoders) -> None:
    assert bank.fingerprint == encoders.fingerprint
    rows = range(0, len(bank.lines), len(bank.lines) // 40)
    fresh = encoders.encode([matter("", bank.lines[row].text) for row in rows])
    for mine, kept in zip(
        np.hsplit(fresh[:, module.STORED], 2), np.hsplit(bank.vectors[list(rows)], 2), strict=True
    ):
        assert (mine * kept).sum(axis=1).min() > 0.99


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
        ("_VECTORS", tmp_path / "vectors.npz"),
        ("_RECORD", tmp_path / "vectors.json"),
    ):
        monkeypatch.setattr(module, name, path)
    assert module.rebuild(encoders) == 2
    with (tmp_path / "bank" / "it.jsonl").open("a") as file:
        file.write(json.dumps({"text": "three"}) + "\n")
    assert module.rebuild(encoders) == 1
    vectors, fingerprint = module._stored([module.key("three"), module.key("one")])
    assert fingerprint == encoders.fingerprint
    np.testing.assert_allclose(
        vectors, encoders.encode(["three", "one"])[:, module.STORED], atol=2e-3
    )


def slots(text: str) -> frozenset[str]:
    """The words of a line with names and numbers made alike."""
    named = re.sub(r"(?<![.!?]\s)(?<!^)\b[A-Z][a-z]+\b", "x", text)
    return frozenset(re.findall(r"\w+", re.sub(r"\d+", "0", named.casefold())))


def too_near(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of which four words in five are the same once names and numbers are."""
    seen: list[tuple[frozenset[str], str]] = []
    pairs = []
    for text in texts:
        words = slots(text)
        pairs += [(text, other) for known, other in seen if _alike(words, known)]
        seen.append((words, text))
    return pairs


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= 0.8 * len(one | other)


def test_no_line_is_another_one_with_other_names_in_it() -> None:
    by_service = defaultdict(list)
    for line in module.read_lines():
        if line.service:
            by_service[line.service].append(line.text)
    found = [pair for texts in by_service.values() for pair in too_near(texts)]
    assert found == []


def test_near_lines_are_seen() -> None:
    assert too_near(["bus 42 is late again at Lincoln", "bus 7 is late again at Jefferson"])
    assert not too_near(["bus 42 is late again", "my paycheck is late again"])


def test_every_service_has_its_share_in_english_and_spanish() -> None:
    counts = Counter((line.service, line.lang) for line in module.read_lines() if line.service)
    services = {service for service, _ in counts}
    assert len(services) == 86
    thin = [one for one in services if counts[one, "en"] < 120 or counts[one, "es"] < 40]
    assert thin == []


def test_every_danger_is_reported_in_every_language() -> None:
    counts = Counter((one.danger, one.lang) for one in read_reports())
    assert len(counts) == 12 * 12
    assert min(counts.values()) >= 6
