"""What teaches a district's own services: its own words, and the bank's phrases shared out to it.

Nothing depends on a catalogue id: a service that names one (`like`) inherits its phrases; one that
names none inherits by meaning; several services that name the same one share its phrases.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from homeroom.understanding.bank import Bank, key
from homeroom.understanding.encoders import Encoders, Vectors
from homeroom.understanding.service import ROUTED, Example, Model, features, fit, language_offsets

OWN: Final = 3.0
"""Weight of a district's own words against one phrase of the bank (1.0)."""

IMPLIED: Final = 0.5
"""Weight of phrases inherited by meaning alone."""

ALONE: Final = 80.0
"""Least weight of all own words together when a service inherits nothing: half of an entry's
hundred and eighty phrases, so that a service of two sentences is not drowned by its neighbours."""

ALIKE: Final = 0.40
"""Least cosine between a service's own words and a catalogue entry's to inherit from it.

Measured over the bank: the catalogue's bare names find their own entry in 85 of 86 cases, at .48
or more in nine of ten; services it has no entry for ("Ski club", "School garden") stay under .37.
"""

_SHARPNESS: Final = 12.0
"""How decidedly a shared phrase goes to the service whose own words are nearest."""

_LEAST: Final = 0.05
"""Shares below this teach nothing and only cost time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words in a language."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceText:
    """A district's service in its own words: name, description, examples; `like` is optional."""

    service: str
    texts: tuple[Phrase, ...]
    like: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lessons:
    """Everything `fit` needs; rows point into `vectors`."""

    rows: tuple[Example, ...]
    elsewhere: tuple[Example, ...]
    """The bank's phrases that no service inherits, as examples of none."""
    vectors: Vectors
    offsets: Mapping[str, Vectors]
    fingerprint: str

    def learn(self) -> Model:
        """The model these lessons teach."""
        return fit(
            self.rows,
            self.vectors,
            offsets=self.offsets,
            fingerprint=self.fingerprint,
            elsewhere=self.elsewhere,
        )


def prepare(services: Sequence[ServiceText], *, bank: Bank, encoders: Encoders) -> Lessons:
    """The lessons for these services; texts that the bank already knows are not encoded again."""
    vectors, places = _vectors_of(services, bank, encoders)
    offsets = language_offsets(bank.vectors, [line.lang for line in bank.lines])
    own = [
        Example(
            service=service.service,
            lang=phrase.lang,
            row=places[key(phrase.text)],
            weight=OWN,
        )
        for service in services
        for phrase in service.texts
    ]
    centres = _centres(own, vectors, offsets)
    seen = _unit(features(bank.vectors, [line.lang for line in bank.lines], offsets))
    heirs = _heirs(services, centres, _entries(bank), seen)
    own = _alone_louder(own, heirs)
    said = {(row.service, row.row) for row in own}
    inherited = [
        row for row in _inherited(heirs, centres, bank, seen) if (row.service, row.row) not in said
    ]
    return Lessons(
        rows=(*own, *inherited),
        elsewhere=tuple(_elsewhere(heirs, bank)),
        vectors=vectors,
        offsets=offsets,
        fingerprint=bank.fingerprint,
    )


def _vectors_of(
    services: Sequence[ServiceText], bank: Bank, encoders: Encoders
) -> tuple[Vectors, dict[str, int]]:
    """The bank's vectors followed by those of texts it lacks, and the row of each text."""
    places = {key(line.text): row for row, line in enumerate(bank.lines)}
    texts = {key(one.text): one.text for service in services for one in service.texts}
    fresh = [digest for digest in texts if digest not in places]
    added = encoders.encode([texts[digest] for digest in fresh])
    places |= {digest: len(bank.lines) + index for index, digest in enumerate(fresh)}
    return np.vstack([bank.vectors, added[:, ROUTED]]), places


def _centres(
    rows: Sequence[Example], vectors: Vectors, offsets: Mapping[str, Vectors]
) -> dict[str, Vectors]:
    """The unit mean of what the model would see of each service's rows."""
    members: dict[str, list[Example]] = defaultdict(list)
    for row in rows:
        members[row.service].append(row)
    return {
        service: _unit(
            features(
                vectors[[row.row for row in group]], [row.lang for row in group], offsets
            ).mean(axis=0, keepdims=True)
        )[0]
        for service, group in members.items()
    }


def _alone_louder(
    own: Sequence[Example], heirs: Mapping[str, Mapping[str, float]]
) -> list[Example]:
    """A district's own words, made louder where a service inherits nothing beside them."""
    inheriting = {service for claims in heirs.values() for service in claims}
    count = Counter(row.service for row in own)
    return [
        row
        if row.service in inheriting
        else replace(row, weight=max(OWN, ALONE / count[row.service]))
        for row in own
    ]


def _entries(bank: Bank) -> dict[str, list[int]]:
    """The rows of each catalogue entry's phrases."""
    entries: dict[str, list[int]] = defaultdict(list)
    for row, line in enumerate(bank.lines):
        if line.service:
            entries[line.service].append(row)
    return entries


def _inherited(
    heirs: Mapping[str, Mapping[str, float]],
    centres: Mapping[str, Vectors],
    bank: Bank,
    seen: Vectors,
) -> list[Example]:
    """The bank's phrases as examples of the services that inherit them."""
    entries = _entries(bank)
    examples: list[Example] = []
    for entry, claims in sorted(heirs.items()):
        rows = entries[entry]
        shares = _shares(seen[rows], claims, centres)
        for column, service in enumerate(claims):
            examples += [
                _example(bank, row, service, float(share))
                for row, share in zip(rows, shares[:, column], strict=True)
                if share >= _LEAST
            ]
    return examples


def _elsewhere(heirs: Mapping[str, Mapping[str, float]], bank: Bank) -> list[Example]:
    """The bank's phrases whose entry nobody inherits."""
    return [
        Example(service="", lang=line.lang, row=row)
        for row, line in enumerate(bank.lines)
        if line.service and line.service not in heirs and not line.is_held
    ]


def _heirs(
    services: Sequence[ServiceText],
    centres: Mapping[str, Vectors],
    entries: Mapping[str, Sequence[int]],
    seen: Vectors,
) -> dict[str, dict[str, float]]:
    """Who inherits each catalogue entry, with how strong a claim."""
    names = sorted(entries)
    middles = _unit(np.stack([seen[entries[name]].mean(axis=0) for name in names]))
    heirs: dict[str, dict[str, float]] = defaultdict(dict)
    for service in services:
        if service.like in entries:
            heirs[str(service.like)][service.service] = 1.0
        elif service.service in centres:
            closeness = middles @ centres[service.service]
            nearest = int(closeness.argmax())
            if closeness[nearest] >= ALIKE:
                heirs[names[nearest]][service.service] = IMPLIED
    return heirs


def _shares(seen: Vectors, claims: Mapping[str, float], centres: Mapping[str, Vectors]) -> Vectors:
    """How much of each phrase (n,) each claimant (k,) inherits; a row sums to the best claim."""
    strengths = np.array(list(claims.values()), np.float32)
    blank = np.zeros(seen.shape[1], np.float32)
    toward = np.stack([centres.get(service, blank) for service in claims], axis=1)
    pull = strengths * np.exp(_SHARPNESS * (seen @ toward))
    shares: Vectors = strengths.max() * pull / pull.sum(axis=1, keepdims=True)
    return shares


def _example(bank: Bank, row: int, service: str, share: float) -> Example:
    line = bank.lines[row]
    return Example(service=service, lang=line.lang, row=row, weight=share, is_held=line.is_held)


def _unit(table: Vectors) -> Vectors:
    norms = np.linalg.norm(table, axis=1, keepdims=True)
    return (table / np.maximum(norms, 1e-9)).astype(np.float32)
