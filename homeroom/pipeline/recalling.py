"""What the lines of a past teach, read and not lived: the sense of each, and whose it was."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from homeroom.channels import doors
from homeroom.channels.inbound import Inbound, Nature
from homeroom.district import queries as district
from homeroom.district.permissions import SYSTEM
from homeroom.kit.errors import Expected
from homeroom.pipeline import knowing, minds, relive
from homeroom.pipeline.relive import Said
from homeroom.routing.labels import Book, Known, Owner
from homeroom.understanding.bank import key as hashed
from homeroom.understanding.reading import Glance, Heard, glance
from homeroom.understanding.safety import Level
from homeroom.understanding.service import Model

AT_ONCE = 2
"""Lines read at the same time: encoding takes a core, the rest of reading most of another."""


def recall(
    past: Sequence[Said], *, model: Model, book: Book, before: Mapping[str, Known]
) -> Iterator[Known | None]:
    """What each line teaches, nothing for those that open no request or have no label.

    `before` is what is known by key: a line that it holds, word for word, is not read again.
    """
    fresh = set(_opening(past))
    facts = district.district(viewer=SYSTEM)
    languages, encoders = tuple(facts.languages) or ("en",), minds.encoders()

    def see(inbound: Inbound | None) -> Glance | None:
        if inbound is None:
            return None
        heard = Heard(
            subject=inbound.subject[:300],
            text=inbound.text,
            at=inbound.at,
            channel=inbound.channel,
        )
        return glance(heard, languages=languages, encoders=encoders, model=model)

    owners = {one.number: book.owner(one.truth) for one in past if one.number in fresh}
    said = {one.number: _inbound(one) for one in past if owners.get(one.number)}
    unread = (
        None if _again(one, before, fingerprint=encoders.fingerprint) else said.get(one.number)
        for one in past
    )
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="recall") as pool:
        for one, seen in zip(past, pool.map(see, unread), strict=True):
            inbound, owner = said.get(one.number), owners.get(one.number)
            if inbound is None or owner is None:
                yield None
                continue
            yield _known(one, inbound, seen, owner=owner, before=before, model=model)


def _opening(past: Sequence[Said]) -> Iterator[int]:
    """The numbers of the lines that open a request: the first of their group, no answer to one."""
    groups: set[str] = set()
    for one in past:
        group = str(one.truth.get("group") or "")
        if not group or group not in groups:
            groups.add(group)
            yield one.number


def _inbound(said: Said) -> Inbound | None:
    """The message, unless nobody asks anything in it or it goes on with another of the file."""
    try:
        inbound = doors.read_line(said.content)
    except Expected:
        return None
    goes_on = bool(inbound.in_reply_to) and "group" not in said.truth
    return None if goes_on or inbound.nature is not Nature.PERSON else inbound


def _again(said: Said, before: Mapping[str, Known], *, fingerprint: str) -> Known | None:
    """What was known of the same words, as the same encoders saw them."""
    known = before.get(_key(said))
    same = known is not None and (known.words, known.encoder) == (_words(said), fingerprint)
    return known if same else None


def _known(
    said: Said,
    inbound: Inbound,
    seen: Glance | None,
    *,
    owner: Owner,
    before: Mapping[str, Known],
    model: Model,
) -> Known:
    if seen is None:
        old = before[_key(said)]
        lang, vector, is_decided = old.lang, old.vector, old.is_decided
    else:
        # In the 16 bits that are kept of it, so that learning the same again changes nothing.
        lang, vector = seen.language.code, seen.vector.astype(np.float16).astype(np.float32)
        is_decided = seen.safety.level is Level.NONE
    return Known(
        key=_key(said),
        at=said.at,
        known_at=relive.known_at(said),
        lang=lang,
        encoder=model.fingerprint,
        vector=vector,
        owner=owner,
        is_decided=is_decided,
        beside=knowing.beside(inbound),
        words=_words(said),
    )


def _key(said: Said) -> str:
    return f"file:{said.channel}:{said.key}"[:220]


def _words(said: Said) -> str:
    return hashed(said.content.decode("utf-8", "replace"))
