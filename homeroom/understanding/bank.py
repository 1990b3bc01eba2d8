"""The phrase bank: written examples of what people ask for, as reviewable lines, with vectors.

`python -m homeroom.understanding.bank` rebuilds the vectors after the lines were edited.
"""

import functools
import hashlib
import io
import json
import sys
from dataclasses import dataclass
from typing import Final

import numpy as np

from homeroom.kit.errors import Expected
from homeroom.understanding.encoders import DATA, HALF, Encoders, Vectors, packaged

SAMPLE: Final = "sample"
"""Voice of lines that teach no service, only how a language reads."""

CATALOGUE: Final = "catalogue"
"""Voice of the names and examples of the researched catalogue."""

_LINES: Final = DATA / "bank"
_SAMPLES: Final = DATA / "samples.jsonl"
_VECTORS: Final = DATA / "bank_vectors.npy"
_RECORD: Final = DATA / "bank_vectors.json"
_FIELDS: Final = ("service", "lang", "voice", "channel", "text")


class StaleBank(Expected):
    """The stored vectors do not belong to the bank's lines, or are not the recorded file."""

    def __init__(self) -> None:
        super().__init__(
            "The phrase bank was edited but its vectors were not rebuilt. "
            "Run: python -m homeroom.understanding.bank"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One written example: who could say it (voice), through which door, in which language.

    `service` is a catalogue id, or empty for a sample that only shows how a language reads.
    """

    service: str
    lang: str
    voice: str
    channel: str
    text: str

    @property
    def author(self) -> str:
        """Who may have written it: nobody is known by name, so a voice on a channel stands in."""
        if self.voice == CATALOGUE:
            return CATALOGUE
        return f"{self.voice}/{self.channel}/{self.lang}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bank:
    """All lines and their vectors: row i belongs to line i; `fingerprint` names the encoders."""

    lines: tuple[Line, ...]
    vectors: Vectors
    fingerprint: str


@functools.cache
def load() -> Bank:
    """The bank as installed. Raises StaleBank when lines and vectors do not belong together."""
    lines = read_lines()
    stored, fingerprint = _stored([key(line.text) for line in lines])
    return Bank(lines=lines, vectors=stored, fingerprint=fingerprint)


def read_lines() -> tuple[Line, ...]:
    """Every line of `data/bank/*.jsonl` and of `data/samples.jsonl`, in file order."""
    files = [*sorted(_LINES.glob("*.jsonl")), _SAMPLES]
    rows = [json.loads(row) for path in files for row in path.read_text("utf-8").splitlines()]
    return tuple(Line(**{field: str(row.get(field, "")) for field in _FIELDS}) for row in rows)


def recorded_fingerprint() -> str:
    """The encoders that made the stored vectors."""
    return str(json.loads(_RECORD.read_text("utf-8"))["fingerprint"])


def key(text: str) -> str:
    """Hash of a text (32 hex digits), the same on every machine."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def rebuild(encoders: Encoders) -> int:
    """Write the vectors of all lines; returns how many texts had to be encoded anew."""
    texts = {key(line.text): line.text for line in read_lines()}
    kept = _kept(encoders.fingerprint)
    fresh = [digest for digest in sorted(texts) if digest not in kept]
    kept.update(zip(fresh, encoders.encode([texts[one] for one in fresh]), strict=True))
    table = np.stack([kept[digest] for digest in sorted(texts)]).astype(np.float16)
    buffer = io.BytesIO()
    np.save(buffer, table, allow_pickle=False)
    _VECTORS.write_bytes(buffer.getvalue())
    record = {
        "fingerprint": encoders.fingerprint,
        "rows": len(table),
        "sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
        "keys": sorted(texts),
    }
    _RECORD.write_text(json.dumps(record, indent=0) + "\n", "utf-8")
    return len(fresh)


def _stored(keys: list[str]) -> tuple[Vectors, str]:
    """The stored vector of each key, and the fingerprint of the encoders that made them."""
    record = json.loads(_RECORD.read_text("utf-8"))
    content = _VECTORS.read_bytes()
    place = {digest: row for row, digest in enumerate(record["keys"])}
    if hashlib.sha256(content).hexdigest() != record["sha256"] or not place.keys() >= set(keys):
        raise StaleBank
    table = np.load(io.BytesIO(content), allow_pickle=False)
    if table.shape != (len(place), 2 * HALF):
        raise StaleBank
    return table[[place[digest] for digest in keys]].astype(np.float32), str(record["fingerprint"])


def _kept(fingerprint: str) -> dict[str, Vectors]:
    """Stored vectors by key, as far as the same encoders made them."""
    if not _RECORD.exists() or not _VECTORS.exists():
        return {}
    record = json.loads(_RECORD.read_text("utf-8"))
    if record["fingerprint"] != fingerprint:
        return {}
    return dict(zip(record["keys"], np.load(_VECTORS, allow_pickle=False), strict=True))


if __name__ == "__main__":
    sys.stdout.write(
        f"{rebuild(packaged())} texts encoded; {_VECTORS.stat().st_size / 1e6:.1f} MB written.\n"
    )
