"""One small sample district for all tests of the demo."""

from datetime import date
from pathlib import Path

import pytest

from homeroom.demo import district

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district of 600 pupils and five schools; nobody may write into it."""
    where = tmp_path_factory.mktemp("small")
    district.write(where, seed=1, pupils=600, schools=5, today=TODAY)
    return where
