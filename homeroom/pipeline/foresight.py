"""Encoding what comes next while the database works on what came: a replay knows its future."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from homeroom.channels import doors
from homeroom.kit.errors import Expected
from homeroom.understanding.encoders import Encoders, Vectors
from homeroom.understanding.reading import Heard, spoken

AHEAD = 12
"""Lines read ahead: more than one core can encode while the other writes one down."""
KEPT = 256
"""Vectors remembered; a text is asked for within a few lines of being foreseen."""


class Foresight:
    """Encoders that may know the answer already; what they answer is the same in any case."""

    def __init__(self, encoders: Encoders) -> None:
        self.fingerprint = encoders.fingerprint
        self._encoders = encoders
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="foresight")
        self._known: dict[str, Future[Vectors]] = {}
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors (n, LENGTH) as the encoders give them, waiting for those under way."""
        with self._lock:
            known = [self._known.get(text) for text in texts]
        if any(one is None for one in known):
            return self._encoders.encode(texts)
        return np.stack([one.result() for one in known if one is not None])

    def ahead(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The same lines, with those that follow being encoded meanwhile."""
        waiting: deque[bytes] = deque()
        for content in lines:
            self._foresee(content)
            waiting.append(content)
            if len(waiting) > AHEAD:
                yield waiting.popleft()
        yield from waiting
        self._pool.shutdown(cancel_futures=True)

    def _foresee(self, content: bytes) -> None:
        try:
            inbound = doors.read_line(content)
        except Expected:
            return
        heard = Heard(subject=inbound.subject[:300], text=inbound.text, at=inbound.at)
        texts = spoken(heard).texts
        with self._lock:
            for text in texts:
                if text not in self._known:
                    self._known[text] = self._pool.submit(self._one, text)
            while len(self._known) > KEPT:
                self._known.pop(next(iter(self._known)))

    def _one(self, text: str) -> Vectors:
        vector: Vectors = self._encoders.encode([text])[0]
        return vector
