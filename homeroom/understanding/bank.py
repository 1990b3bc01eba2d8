"""The phrase bank: written examples of what people ask for, as reviewable lines, with vectors.

`python -m homeroom.understanding.bank` rebuilds the vectors after the lines were edited; with
`--lines` it prints what the taught encoder learns from (`scripts/teach_encoder`).
"""

import functools
import hashlib
import io
import json
import sys
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from homeroom.kit.errors import Expected
from homeroom.understanding.encoders import DATA, LENGTH, Encoders, Vectors, packaged
from homeroom.understanding.layers import WIDTH
from homeroom.understanding.matter import matter
from homeroom.understanding.reports import NONE, read_reports

SAMPLE: Final = "sample"
"""Voice of lines that teach no service, only how a language reads."""

ABOUT_DANGER: Final = "safety."
"""Entries that are reports of danger themselves, or near to it: no line of theirs is harmless."""

CATALOGUE: Final = "catalogue"
"""Voice of the names and examples of the researched catalogue."""

STORED: Final = slice(WIDTH, LENGTH)
"""The part of each vector that is kept: E5's and the taught one's."""

_HELD: Final = 26
"""Of 256 lines, so many are never learned from; no line is a paraphrase of another."""

_LINES: Final = DATA / "bank"
_SAMPLES: Final = DATA / "samples.jsonl"
_VECTORS: Final = DATA / "bank_vectors.npz"
_RECORD: Final = DATA / "bank_vectors.json"
Coarse = npt.NDArray[np.int8]

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

    @property
    def is_held(self) -> bool:
        """Whether it is kept from all learning, so that confidence can be measured on it."""
        return self.voice != CATALOGUE and int(key(self.text)[:2], 16) < _HELD


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bank:
    """All lines and what is STORED of their vectors (n, 768): row i belongs to line i.

    `fingerprint` names the encoders.
    """

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
    spoken = [matter("", texts[digest]) for digest in fresh]
    coarse = _coarse(encoders.encode(spoken)[:, STORED])
    kept.update(zip(fresh, zip(*coarse, strict=True), strict=True))
    values, scales = zip(*(kept[digest] for digest in sorted(texts)), strict=True)
    buffer = io.BytesIO()
    np.savez(buffer, values=np.stack(values), scales=np.array(scales, np.float32))
    _VECTORS.write_bytes(buffer.getvalue())
    record = {
        "fingerprint": encoders.fingerprint,
        "rows": len(values),
        "sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
        "keys": sorted(texts),
    }
    _RECORD.write_text(json.dumps(record, indent=0) + "\n", "utf-8")
    return len(fresh)


def _coarse(vectors: Vectors) -> tuple[Coarse, Vectors]:
    """Vectors in 8 bits each number, and what to multiply each row by: a quarter of the room."""
    scales = (np.abs(vectors).max(axis=1, initial=1e-9) / 127).astype(np.float32)
    return np.round(vectors / scales[:, None]).astype(np.int8), scales


def _stored(keys: list[str]) -> tuple[Vectors, str]:
    """The stored vector of each key, and the fingerprint of the encoders that made them."""
    record = json.loads(_RECORD.read_text("utf-8"))
    content = _VECTORS.read_bytes()
    place = {digest: row for row, digest in enumerate(record["keys"])}
    if hashlib.sha256(content).hexdigest() != record["sha256"] or not place.keys() >= set(keys):
        raise StaleBank
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        values, scales = stored["values"], stored["scales"]
    if values.shape != (len(place), LENGTH - WIDTH):
        raise StaleBank
    rows = [place[digest] for digest in keys]
    table: Vectors = values[rows].astype(np.float32) * scales[rows, None]
    return table, str(record["fingerprint"])


def _kept(fingerprint: str) -> dict[str, tuple[Coarse, np.float32]]:
    """Stored vectors by key, as far as the same encoders made them."""
    if not _RECORD.exists() or not _VECTORS.exists():
        return {}
    record = json.loads(_RECORD.read_text("utf-8"))
    if record["fingerprint"] != fingerprint:
        return {}
    with np.load(_VECTORS, allow_pickle=False) as stored:
        rows = zip(stored["values"], stored["scales"], strict=True)
        return dict(zip(record["keys"], rows, strict=True))


def _print_lines() -> None:
    """Every line that teaches, of both banks, as JSON for the encoder's teacher."""
    for line in read_lines():
        if line.service and not line.is_held:
            safe = {} if line.service.startswith(ABOUT_DANGER) else {"danger": NONE}
            _print({"service": line.service, "text": matter("", line.text), **safe})
    for report in read_reports():
        if not report.is_held:
            _print({"danger": report.danger, "text": matter("", report.text)})


def _print(row: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--lines"]:
        _print_lines()
    else:
        count = rebuild(packaged())
        sys.stdout.write(
            f"{count} texts encoded; {_VECTORS.stat().st_size / 1e6:.1f} MB written.\n"
        )
