"""Workflows as districts write them."""

from datetime import UTC, datetime

import pytest

from homeroom.district.load import load as load_district
from homeroom.workflows.load import load
from homeroom.workflows.models import Workflow
from tests.district.folder import write

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 15, 38, tzinfo=UTC)

HIRE = """\
- id: new_hire
  name: New employee
  watch: start date passes while the login is missing
  steps:
    - id: login
      name: Make the sign-in
      service: it.password
      after: [badge]
      approval: true
    - id: badge
      name: Badge and keys
      team: it.desk
"""


@pytest.fixture
def folder(tmp_path):
    load_district(write(tmp_path), now=NOW)
    return tmp_path


def loaded(folder, text=HIRE):
    (folder / "workflows.yaml").write_text(text)
    return load(folder, now=NOW)


def test_a_workflow_arrives_with_its_steps(folder):
    report = loaded(folder)
    assert (report.added, report.refused) == (1, ())
    one = Workflow.objects.get()
    assert one.facts == {"watch": "start date passes while the login is missing"}
    login, badge = one.steps
    assert (login["after"], login["approval"]) == (["badge"], True)
    assert (badge["team"], badge["service"], badge["approval"]) == ("it.desk", "", False)
    assert loaded(folder).left == 1


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("it.password", "it.magic", "workflows.yaml:5: The step login asks for the unknown"),
        ("it.desk", "it.owls", "workflows.yaml:10: The step badge is for the unknown team"),
        ("      team: it.desk\n", "", "workflows.yaml:10: The step badge names neither"),
        ("[badge]", "[nothing]", "workflows.yaml:1: The step login comes after nothing"),
        ("[badge]", "[login]", "workflows.yaml:1: The steps login wait for each other"),
        ("id: badge", "id: login", "workflows.yaml:10: The id login stands in the file twice"),
    ],
)
def test_half_a_workflow_is_refused_whole(folder, old, new, reason):
    other = HIRE.replace("new_hire", "other")
    report = loaded(folder, HIRE.replace(old, new) + other)
    assert any(str(one).startswith(reason) for one in report.refused), report.refused
    assert [one.source_id for one in Workflow.objects.all()] == ["other"]


def test_steps_that_wait_in_a_circle(folder):
    text = HIRE.replace("team: it.desk", "team: it.desk\n      after: [login]")
    report = loaded(folder, text)
    assert str(report.refused[0]) == "workflows.yaml:1: The steps badge, login wait for each other."
    assert not Workflow.objects.exists()


def test_no_steps(folder):
    report = loaded(folder, "- {id: a, name: Empty}\n")
    assert "has no steps" in str(report.refused[0])
