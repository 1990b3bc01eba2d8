"""Articles as districts write them."""

from datetime import UTC, date, datetime

import pytest

from homeroom.district.load import load as load_district
from homeroom.knowledge.load import load
from homeroom.knowledge.models import Article
from tests.district.folder import write

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 15, 38, tzinfo=UTC)

BELLS = """---
id: bells
title: Bell schedule at Lincoln High
service: it.password
audience: [family, student]
language: en
owner: office@cedarvalley.example
review_on: 2027-06-01
expires_on: 2026-01-01
mood: cheerful
---

First bell is at **8:00**.

---

Lunch is at noon.
"""


@pytest.fixture
def folder(tmp_path):
    load_district(write(tmp_path), now=NOW)
    (tmp_path / "articles").mkdir()
    return tmp_path


def article(folder, name="bells.md", text=BELLS, **changes: str):
    for old, new in changes.items():
        text = text.replace(f"{old}: ", f"{old}: {new} #", 1)
    (folder / "articles" / name).write_text(text, encoding="utf-8")
    return load(folder, now=NOW)


def test_an_article_arrives_whole_and_an_expired_one_is_kept(folder):
    report = article(folder)
    assert (report.added, report.refused, report.remarks) == (1, (), ())
    bells = Article.objects.get()
    assert bells.title == "Bell schedule at Lincoln High"
    assert bells.body.startswith("First bell")
    assert bells.body.endswith("Lunch is at noon.")
    assert (bells.service.source_id, bells.department.source_id) == ("it.password", "it")
    assert (bells.review_on, bells.expires_on) == (date(2027, 6, 1), date(2026, 1, 1))
    assert bells.facts == {"mood": "cheerful"}
    assert report.files[0].unknown == ("mood",)


def test_loading_again_changes_nothing(folder):
    article(folder)
    again = load(folder, now=NOW)
    assert (again.added, again.changed, again.left, again.removed) == (0, 0, 1, 0)


def test_a_changed_text_is_a_change(folder):
    article(folder)
    report = article(folder, text=BELLS.replace("8:00", "8:05"))
    assert report.changed == 1
    assert "8:05" in Article.objects.get().body


@pytest.mark.parametrize(
    ("audience", "head", "seen_by"),
    [
        ("[family, student]", "", "public"),
        ("[staff]", "", "staff"),
        ("[staff, family]", "", "public"),
        ("[staff]", "visibility: team\n", "team"),
        ("family", "visibility: signed_in\n", "signed_in"),
    ],
)
def test_who_may_see_it(folder, audience, head, seen_by):
    text = BELLS.replace("[family, student]\n", f"{audience}\n{head}")
    article(folder, text=text)
    assert Article.objects.get().visibility == seen_by


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("language: en", "visibility: everyone", "articles/bells.md:6: The visibility “everyone”"),
        ("[family, student]", "[owls]", "articles/bells.md:5: None of the article's audiences"),
        ("title: Bell schedule at Lincoln High\n", "", "articles/bells.md:2: An article needs a t"),
        ("---\nid", "id", "articles/bells.md:1: An article begins with a line of ---"),
        ("[family, student]", "[family", "articles/bells.md:6: The head of the article cannot"),
    ],
)
def test_what_cannot_be_used_is_refused_by_file_and_line(folder, old, new, reason):
    other = BELLS.replace("id: bells", "id: other")
    (folder / "articles" / "other.md").write_text(other, encoding="utf-8")
    report = article(folder, text=BELLS.replace(old, new))
    assert [str(one)[: len(reason)] for one in report.refused] == [reason]
    assert Article.objects.get().source_id == "other"


def test_an_unknown_visibility_never_makes_a_staff_text_public(folder):
    article(folder, text=BELLS.replace("[family, student]", "[staff]\nvisibility: publik"))
    assert not Article.objects.exists()


def test_two_with_one_id(folder):
    article(folder, name="a.md")
    report = article(folder, name="b.md")
    assert "belongs to another article" in str(report.refused[0])
    assert Article.objects.count() == 1


def test_an_article_that_is_gone_is_deactivated(folder):
    for n in range(7):
        article(folder, name=f"{n}.md", text=BELLS.replace("id: bells", f"id: b{n}"))
    (folder / "articles" / "0.md").unlink()
    report = load(folder, now=NOW)
    assert report.removed == 1
    assert not Article.objects.get(source_id="b0").is_active


def test_no_articles_at_all_touch_nothing(folder):
    article(folder)
    (folder / "articles" / "bells.md").unlink()
    report = load(folder, now=NOW)
    assert "would take away 1 of 1 articles" in str(report.refused[0])
    (folder / "articles").rmdir()
    assert "no such file" in str(load(folder, now=NOW).remarks[0])
    assert Article.objects.get().is_active
