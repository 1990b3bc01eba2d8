"""Articles in setup: who may edit which, drafts, versions, two people at once, and the way back."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from homeroom.district.models import Account, Membership
from homeroom.district.permissions import ANONYMOUS
from homeroom.district.records import Change
from homeroom.kit import clock
from homeroom.knowledge import indexing
from homeroom.knowledge.models import Article, Edition, Passage
from homeroom.pipeline import asking, minds, publishing
from homeroom.understanding.encoders import fingerprint
from tests.cast import NOW, Cast
from tests.visitors import house, signed_in

LUNCH = "How much is school lunch for an elementary student?"
MEALS = "Lunch costs $2.75 in elementary and $3.05 in middle and high school."


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    with house() as everyone:
        yield everyone


@pytest.fixture
def admin(cast: Cast) -> Client:
    account = Account.objects.create_user("admin@cedarvalley.example", None)
    account.is_administrator = True
    account.save()
    return signed_in(account)


def theo() -> Client:
    return signed_in(Account.objects.get(email="theo.ramos@cedarvalley.example"))


def form(**given: object) -> dict[str, object]:
    return {
        "do": "save",
        "form": "article",
        "title": "Meal prices and paying for lunch",
        "body": MEALS,
        "visibility": "public",
        "language": "en",
        "owner": "meals@cedarvalley.example",
    } | given


def send(client: Client, url: str, status: int = 303, **given: object) -> str:
    answer = client.post(f"/setup/articles/{url}", form(**given))
    assert answer.status_code == status, answer.content.decode()[-2000:]
    return answer["Location"] if status == 303 else answer.content.decode()


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found is not None
    return found[1]


def opened(client: Client, row: Article) -> dict[str, object]:
    """The form of an article as a browser has it open."""
    html = client.get(f"/setup/articles/{row.pk}/").content.decode()
    return {name: hidden(html, name) for name in ("seen", "edition")}


def answer(text: str = LUNCH) -> str:
    """What the front door says to a question now, from whatever it may be answered from."""
    found = asking.ask(text, viewer=ANONYMOUS, now=clock.now())
    return found.answer.text if found.answer else ""


def shown(row: Article) -> bool:
    """Whether anybody is shown it, anywhere at the front door."""
    page = Client().get(f"/articles/{row.source_id}/")
    near = asking.ask(row.title, viewer=ANONYMOUS, now=clock.now())
    return page.status_code == 200 or row.source_id in {one.article for one in near.suggestions}


def test_an_article_answers_as_soon_as_it_is_saved(admin: Client) -> None:
    made = send(admin, "new/")
    row = Article.objects.get()
    assert made == f"/setup/articles/{row.pk}/"
    assert "$2.75" in answer()
    assert "Answers come from it from now on." in admin.get(made).content.decode()
    send(admin, f"{row.pk}/", **opened(admin, row), body=MEALS.replace("$2.75", "$3.00"))
    assert "$3.00" in answer()
    assert not Passage.objects.filter(text__contains="$2.75").exists()


def test_what_is_not_for_all_is_nowhere_from_that_second_on(admin: Client) -> None:
    send(admin, "new/")
    row = Article.objects.get()
    assert shown(row)
    today = NOW.date().isoformat()
    for hides in (
        {"draft": "on"}, {"expires_on": today}, {"visibility": "staff"}, {"visibility": "signed_in"},
    ):  # fmt: skip
        send(admin, f"{row.pk}/", **opened(admin, row), **hides)
        assert not shown(row), hides
        assert not answer()
        send(admin, f"{row.pk}/", **opened(admin, row), expires_on="")
        assert shown(row)


def test_what_is_withdrawn_is_nowhere_until_it_is_brought_back(admin: Client) -> None:
    send(admin, "new/")
    row = Article.objects.get()
    send(admin, f"{row.pk}/", do="withdraw")
    assert not shown(row)
    send(admin, f"{row.pk}/", do="bring_back")
    assert shown(row)
    assert [one.settings["retired"] for one in Edition.objects.order_by("number")] == [
        False,
        True,
        False,
    ]


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"title": ""}, "Write a title"),
    ({"title": "x" * 301}, "at most 300 letters"),
    ({"body": " \n "}, "Write a few words."),
    ({"body": "x" * 100_001}, "too long for one article"),
    ({"visibility": "all the world"}, "Choose who may see it."),
    ({"visibility": "team"}, "so that there is a team"),
    ({"audience": ["owls"]}, "Choose who may see it."),
    ({"language": "English!"}, "Choose a language."),
    ({"owner": "Meals"}, "Write an email address"),
    ({"review_on": "soon"}, "Write a day, like 2027-06-30."),
    ({"expires_on": "2027-02-31"}, "Write a day, like 2027-06-30."),
    ({"service": "999999"}, "cannot be chosen any more"),
    ({"translation_of": "999999"}, "cannot be chosen any more"),
]


def test_what_cannot_be_kept_is_said_and_nothing_typed_is_lost(admin: Client) -> None:
    for given, said in REFUSED:
        html = send(admin, "new/", status=422, **{"body": "Lunch is at noon.", **given})
        assert said in html, given
        assert not Article.objects.exists()
        assert "body" in given or "Lunch is at noon." in html
        assert "meals@cedarvalley.example" in html or "owner" in given


def test_it_is_read_before_it_is_kept_without_any_script(admin: Client) -> None:
    body = "## Prices\n\nLunch costs **$2.75**.\n\n- bread\n\n<script>alert(1)</script>"
    html = send(admin, "new/", status=200, do="preview", title="Lunch", body=body)
    assert "<h2>Prices</h2>" in html
    assert "Lunch costs $2.75." in html
    assert "<li>bread</li>" in html
    assert "<script>alert" not in html
    assert "## Prices" in html, "it stands in the form as it was typed"
    assert not Article.objects.exists()


def test_whoever_saves_second_is_told_and_loses_nothing(admin: Client) -> None:
    send(admin, "new/")
    row = Article.objects.get()
    mine = opened(admin, row)
    theirs = MEALS.replace("$2.75", "$3.00")
    send(admin, f"{row.pk}/", **opened(admin, row), body=theirs, visibility="staff")
    typed = f"{MEALS}\n\nBreakfast costs $1.60."
    html = send(admin, f"{row.pk}/", status=422, **mine, body=typed)
    assert "saved this while you were writing" in html
    assert "Breakfast costs $1.60." in html
    assert "<del>$3.00</del><ins>$2.75</ins>" in html
    assert "Who may see it: Everybody → Everybody who works here" in html
    row.refresh_from_db()
    assert (row.body, row.visibility) == (theirs, "staff")
    again = {name: hidden(html, name) for name in ("seen", "edition")}
    send(admin, f"{row.pk}/", **again, body=typed, visibility="staff")
    assert [one.body for one in row.editions.order_by("number")] == [MEALS, theirs, typed]


def test_each_edition_says_who_and_what_and_its_words_come_back(admin: Client, cast: Cast) -> None:
    send(admin, "new/")
    row = Article.objects.get()
    Article.objects.filter(pk=row.pk).update(owner="theo.ramos@cedarvalley.example")
    send(
        theo(), f"{row.pk}/", **opened(theo(), row), body=MEALS.replace("$2.75", "$3.00"),
        service=cast.projectors.pk, owner="theo.ramos@cedarvalley.example", status=422,
    )  # fmt: skip
    send(
        theo(), f"{row.pk}/", **opened(theo(), row), body=MEALS.replace("$2.75", "$3.00"),
        title="Lunch", owner="theo.ramos@cedarvalley.example", visibility="staff",
    )  # fmt: skip
    url = f"{row.pk}/history/"
    html = admin.get(f"/setup/articles/{url}").content.decode()
    assert "Theo Ramos" in html
    assert "<del>$2.75</del><ins>$3.00</ins>" in html
    assert "Title: Meal prices and paying for lunch → Lunch" in html
    html = admin.get(f"/setup/articles/{url}?edition=1").content.decode()
    send(admin, url, do="restore", edition=1, seen=hidden(html, "seen"))
    row.refresh_from_db()
    assert (row.title, row.body) == ("Meal prices and paying for lunch", MEALS)
    assert row.visibility == "staff", "bringing words back opens nothing"
    assert row.editions.count() == 4
    assert admin.get(f"/setup/articles/{url}?edition=99").status_code == 404
    assert Change.objects.filter(what="article").exists()


def test_who_keeps_an_article_edits_it_and_no_other(admin: Client, cast: Cast) -> None:
    own = Article.objects.create(
        source_id="own", title="Own", body="x", owner="Theo.Ramos@cedarvalley.example"
    )
    other = Article.objects.create(
        source_id="other", title="Other one", body="x", owner="x@x.example"
    )
    client = theo()
    html = client.get("/setup/articles/").content.decode()
    assert "Own" in html
    assert "Other one" not in html
    assert "/setup/people/" not in html
    assert client.get(f"/setup/articles/{own.pk}/").status_code == 200
    for url in (f"{other.pk}/", f"{other.pk}/history/", "new/"):
        assert client.get(f"/setup/articles/{url}").status_code == 404
        assert client.post(f"/setup/articles/{url}", form()).status_code == 404
    other.refresh_from_db()
    assert other.body == "x"
    whose = "theo.ramos@cedarvalley.example"
    taken = send(
        client, f"{own.pk}/", 422, **opened(client, own), owner=whose, service=cast.late_bus.pk
    )
    assert "cannot be chosen" in taken
    send(client, f"{own.pk}/", **opened(client, own), owner=whose, body="Mine.")
    own.refresh_from_db()
    assert own.body == "Mine."


def test_who_leads_a_team_writes_about_its_services(cast: Cast) -> None:
    Membership.objects.filter(person=cast.theo).update(is_lead=True)
    client = theo()
    assert "cannot be chosen" in send(client, "new/", status=422, service=cast.late_bus.pk)
    assert "Choose what it is about." in send(client, "new/", status=422)
    send(client, "new/", service=cast.projectors.pk, owner="")
    row = Article.objects.get()
    assert (row.service, row.department) == (cast.projectors, cast.technology)
    Article.objects.filter(pk=row.pk).update(service=cast.late_bus)
    assert client.get(f"/setup/articles/{row.pk}/").status_code == 404


def test_the_address_of_a_team_is_each_members(cast: Cast) -> None:
    cast.classroom.email = "it@cedarvalley.example"
    cast.classroom.save()
    row = Article.objects.create(
        source_id="it", title="It", body="x", owner="it@cedarvalley.example"
    )
    assert theo().get(f"/setup/articles/{row.pk}/").status_code == 200
    lee = Account.objects.create_user("lee@x.example", None, person=cast.lee)
    assert signed_in(lee).get(f"/setup/articles/{row.pk}/").status_code == 404


def test_an_article_and_its_spanish_version_lead_to_each_other(admin: Client) -> None:
    send(admin, "new/")
    row = Article.objects.get()
    html = admin.get(f"/setup/articles/{row.pk}/").content.decode()
    assert f"/setup/articles/new/?of={row.pk}&amp;language=es" in html
    given = {"title": "Precios del almuerzo", "body": "El almuerzo cuesta $2.75.", "language": "es"}
    url = f"new/?of={row.pk}&language=es"
    send(admin, url, **given, translation_of=row.pk)
    spanish = Article.objects.get(language="es")
    assert spanish.translation_of == row
    assert (
        f"/articles/{spanish.source_id}/"
        in Client().get(f"/articles/{row.source_id}/").content.decode()
    )
    assert (
        f"/articles/{row.source_id}/"
        in Client().get(f"/articles/{spanish.source_id}/").content.decode()
    )
    assert "has a version in this language" in send(
        admin, url, status=422, **given, translation_of=row.pk
    )
    same = send(admin, "new/", status=422, translation_of=row.pk)
    assert "in the same language" in same
    send(admin, f"{spanish.pk}/", do="withdraw")
    assert spanish.source_id not in Client().get(f"/articles/{row.source_id}/").content.decode()


def test_articles_are_found_by_how_they_stand(admin: Client, cast: Cast) -> None:
    day, past = NOW.date(), NOW.date() - timedelta(days=1)
    for title, changes in {
        "Alive": {"service": cast.late_bus},
        "Drafted": {"is_draft": True},
        "Overdue": {"review_on": past},
        "Over": {"expires_on": day},
        "Gone": {"is_active": False},
    }.items():
        Article.objects.create(source_id=title, title=title, body=f"{title} words", **changes)

    def titles(query: str) -> list[str]:
        html = admin.get(f"/setup/articles/?{query}").content.decode()
        return re.findall(r'href="/setup/articles/\d+/">([^<]+)', html)

    assert titles("") == ["Alive", "Drafted", "Gone", "Over", "Overdue"]
    assert titles("show=live") == ["Alive", "Overdue"]
    assert titles("show=draft") == ["Drafted"]
    assert titles("show=due") == ["Overdue"]
    assert titles("show=expired") == ["Over"]
    assert titles("show=retired") == ["Gone"]
    assert titles(f"service={cast.late_bus.pk}") == ["Alive"]
    assert titles("q=over words") == ["Over", "Overdue"]
    assert admin.get("/setup/articles/?show=all").status_code == 404
    assert admin.get("/setup/articles/?after=forged").status_code == 404
    Article.objects.bulk_create(
        Article(source_id=f"n{n}", title=f"N {n:02}", body="x") for n in range(30)
    )
    html = admin.get("/setup/articles/?q=N").content.decode()
    older = re.search(r'href="/setup/articles/\?([^"]*after=[^"]+)"', html)
    assert older is not None
    assert titles(older[1].replace("&amp;", "&"))[-1] == "N 29"


def test_saying_that_it_is_true_is_shown_to_readers(admin: Client) -> None:
    send(admin, "new/", review_on="2026-11-01")
    row = Article.objects.get()
    send(admin, f"{row.pk}/", do="confirm")
    row.refresh_from_db()
    assert row.reviewed_on == NOW.date()
    assert row.review_on == NOW.date() + timedelta(days=365)
    assert "Checked on" in Client().get(f"/articles/{row.source_id}/").content.decode()


def test_a_long_article_is_read_in_by_a_worker_and_answers_nothing_before(admin: Client) -> None:
    long = "\n\n".join([MEALS, *(f"Sentence number {n} says little." for n in range(60))])
    send(admin, "new/", body=long)
    row = Article.objects.get()
    assert "It is long" in admin.get(f"/setup/articles/{row.pk}/").content.decode()
    assert "being read in" in admin.get(f"/setup/articles/{row.pk}/").content.decode()
    assert not answer()
    assert publishing.drain() == 1
    assert publishing.drain() == 0
    assert "$2.75" in answer()


def test_what_it_is_about_and_whose_counts_at_once_too(admin: Client, cast: Cast) -> None:
    send(admin, "new/")
    row = Article.objects.get()
    assert answer()
    send(admin, f"{row.pk}/", **opened(admin, row), service=cast.projectors.pk)
    library = asking.house_now(now=clock.now()).library
    assert library is not None
    (book,) = library.shelf(viewer=ANONYMOUS, today=NOW.date()).books
    assert (book.service, book.department) == ("it.projector", "Technology")


def test_other_encoders_mean_all_is_read_in_anew_newest_first(admin: Client) -> None:
    send(admin, "new/")
    send(admin, "new/", title="Older bus routes", body="Bus 42 comes at 7:12.")
    first, last = Article.objects.order_by("pk")
    Article.objects.filter(pk=last.pk).update(changed_at=NOW - timedelta(days=9))
    # As an earlier version of the encoders left it.
    Passage.objects.update(encoder="those of last year")
    Article.objects.update(indexed="0" * 64)
    assert not answer()
    assert indexing.renew(encoders=minds.encoders(), limit=1) == 1
    done = set(Passage.objects.filter(encoder=fingerprint()).values_list("article_id", flat=True))
    assert done == {first.pk}
    assert "$2.75" in answer()
    assert publishing.drain() == 1
    assert not indexing.has_stale(fingerprint())


def test_an_article_that_changes_while_it_is_read_in_is_left_to_the_next(admin: Client) -> None:
    send(admin, "new/")
    before = Article.objects.get()
    Article.objects.update(body="Lunch is free.", indexed="")
    Passage.objects.all().delete()
    indexing.index_one(before, encoders=minds.encoders())
    assert not Passage.objects.exists()
    assert publishing.drain() == 1
    assert "free" in Passage.objects.get(kind="text").text
