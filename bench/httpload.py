"""A small closed-loop HTTP client: one kept-alive connection, one request after another."""

import http.client
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.meter import quantile

type Address = tuple[str, Mapping[str, str]]
"""Path with query, and headers."""
type Make = Callable[[int], Address]
"""The address of request number n."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came back."""

    seconds: list[float]
    n_bytes: int

    def ms(self, share: float) -> float:
        """Milliseconds that this share of the requests did not exceed."""
        return quantile(self.seconds, share) * 1000


def get(port: int, make: Make, n: int, *, must_hold: bytes = b"") -> Load:
    """Ask `n` times; raises ValueError for anything but 200 with `must_hold` in it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    seconds, n_bytes = [], 0
    for number in range(n):
        path, headers = make(number)
        began = time.perf_counter()
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read()
        seconds.append(time.perf_counter() - began)
        n_bytes += len(body)
        if answer.status != 200 or must_hold not in body:
            raise ValueError(f"{path[:80]} answered {answer.status}: {body[:300]!r}")
        if answer.getheader("Connection", "").lower() == "close":
            connection.close()
    connection.close()
    return Load(seconds=seconds, n_bytes=n_bytes // max(1, n))
