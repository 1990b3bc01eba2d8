"""A server that may be broken, once for all trials of a run."""

from collections.abc import Iterator

import pytest

from tests.trials.postgres import Breakable, prepared


@pytest.fixture(scope="session")
def server() -> Iterator[Breakable]:
    with prepared() as server:
        yield server
