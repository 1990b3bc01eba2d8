"""The sample district is a district folder that Homeroom loads without a complaint."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from homeroom.district.load import load

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.mark.django_db
def test_sample_loads_whole_and_a_second_time_changes_nothing(small: Path) -> None:
    first, second = (load(small, now=NOW) for _ in range(2))
    for report in (*first.files, *second.files):
        assert not report.refused, (report.file, report.refused[:3])
        assert not report.remarks, (report.file, report.remarks[:3])
    known = {report.file: report.added + report.changed + report.left for report in first.files}
    assert known["services.yaml"] == 86
    assert known["oneroster/users.csv"] > 1_000
    assert known["assets.csv"] > 1_000
    assert (second.added, second.changed, second.removed) == (0, 0, 0)
