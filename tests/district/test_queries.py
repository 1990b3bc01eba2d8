"""Looking things up, and who may."""

from datetime import date

import pytest

from homeroom.district import queries
from homeroom.district.load import load
from homeroom.district.models import Account, District, Identity, Person, Service
from homeroom.district.permissions import ANONYMOUS, SYSTEM, viewer_for
from tests.district.folder import FILES, NOW, write

pytestmark = pytest.mark.django_db


@pytest.fixture
def cedar_valley(tmp_path):
    load(write(tmp_path), now=NOW)


def person(source_id: str) -> Person:
    return Person.objects.get(source_id=source_id)


def found(*named: tuple[str, str], by: str | None = "t-lee", viewer=SYSTEM):
    asker = person(by) if by else None
    rows = queries.candidates(named, person=asker, viewer=viewer)
    return [(one.kind, one.source_id, one.how) for one in rows]


@pytest.mark.usefixtures("cedar_valley")
class TestCandidates:
    def test_a_room_is_looked_up_everywhere_the_nearest_first(self):
        assert found(("room", "214")) == [
            ("room", "lincoln-214", "exact"),
            ("room", "roosevelt-214", "exact"),
        ]
        assert found(("room", "214"), by="t-sofia")[0][1] == "roosevelt-214"

    def test_her_own_room_is_tied_to_her(self):
        mine, other = queries.candidates([("room", "214")], person=person("t-lee"), viewer=SYSTEM)
        assert mine.people == (person("t-lee").pk,)
        assert other.people == ()

    def test_an_alias(self):
        assert found(("room", "B214")) == [("room", "lincoln-214", "alias")]
        assert found(("place", "Science  Lab")) == [("place", "lincoln-214", "alias")]

    @pytest.mark.parametrize("said", ["Lincoln", "Lincoln High School", "LHS", "lincoln hs"])
    def test_a_school_by_any_name(self, said):
        ((kind, source_id, _),) = found(("school", said))
        assert (kind, source_id) == ("school", "lincoln")

    @pytest.mark.parametrize(
        ("kind", "said", "tag"),
        [
            ("asset_tag", "PJ-0214", "PJ-0214"),
            ("asset_tag", "pj 0214", "PJ-0214"),
            ("asset_tag", "48817", "0048817"),
            ("asset_tag", "0048817", "0048817"),
            ("serial", "x1y2z3", "PJ-0214"),
            ("bus_route", "42", "BUS-42"),
        ],
    )
    def test_things_by_tag_serial_and_number(self, kind, said, tag):
        assert (kind, tag, "id") in found((kind, said))

    def test_a_device_is_tied_to_whoever_has_it(self):
        (one,) = queries.candidates([("asset_tag", "0048817")], person=None, viewer=SYSTEM)
        assert one.people == (person("s-sam").pk,)

    def test_a_bus_route_gives_its_stops_too(self):
        assert ("bus_route", "stop-42-2", "alias") in found(("bus_route", "42"))

    def test_people_by_name_where_the_asker_belongs(self):
        assert found(("person", "Lee"), by="g-ana") == [("person", "t-lee", "surname")]
        assert found(("person", "Dana Lee"), by="g-ana") == [("person", "t-lee", "exact")]

    def test_nobody_fishes_for_names_elsewhere(self):
        assert found(("person", "Lee"), by="t-sofia") == []
        assert found(("person", "Lee"), by=None) == []

    def test_but_at_a_school_that_is_named_too(self):
        rows = found(("person", "Lee"), ("school", "Lincoln"), by="t-sofia")
        assert ("person", "t-lee", "surname") in rows

    def test_accents_do_not_matter(self):
        said = found(("person", "sofia nunez"), ("school", "Roosevelt"))
        assert ("person", "t-sofia", "alias") in said

    def test_a_child_by_the_first_name_in_its_own_family_alone(self):
        assert found(("person", "Sam"), by="g-ana") == [("person", "s-sam", "first_name")]
        assert found(("person", "Sam"), by="t-lee") == []

    def test_a_pupil_by_number(self):
        assert found(("student_id", "48817"), by="t-sofia") == [("student_id", "s-sam", "id")]

    def test_those_who_opted_out_are_found_by_their_family_alone(self):
        Person.objects.filter(source_id="s-sam").update(is_private=True)
        assert found(("person", "Sam Flores"), by="t-lee") == []
        assert found(("student_id", "48817"), by="t-lee") == []
        assert found(("person", "Sam Flores"), by="g-ana") == [("person", "s-sam", "exact")]

    def test_the_inactive_are_not_found(self):
        Person.objects.filter(source_id="t-lee").update(is_active=False)
        assert found(("person", "Lee"), by="g-ana") == []

    def test_three_queries_whatever_is_named(self, django_assert_max_num_queries):
        asker = person("t-lee")
        named = [
            *(("room", str(n)) for n in range(200, 230)),
            *(("asset_tag", f"PJ-{n:04d}") for n in range(30)),
            *(("person", f"Nobody {n}") for n in range(30)),
            *(("school", "Lincoln"), ("bus_route", "42"), ("serial", "X"), ("place", "gym")),
            *(("student_id", "1"), ("date", "2026-11-24"), ("device_word", "projector")),
        ]
        with django_assert_max_num_queries(3):
            queries.candidates(named, person=asker, viewer=SYSTEM)

    def test_nothing_named_asks_nothing(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert queries.candidates([("date", "2026-11-24")], person=None, viewer=SYSTEM) == ()

    def test_a_stranger_finds_nothing(self):
        assert found(("room", "214"), viewer=ANONYMOUS) == []


@pytest.mark.usefixtures("cedar_valley")
class TestPeople:
    def test_whose_address_it_is(self):
        (held,) = queries.person_by_identity("email", "ana.flores@example.com", viewer=SYSTEM)
        assert (held.person.name, held.certainty) == ("Ana Flores", "verified")
        (held,) = queries.person_by_identity("phone", "+13125550142", viewer=SYSTEM)
        assert held.certainty == "claimed"
        assert queries.person_by_identity("email", "ana.flores@example.com", viewer=ANONYMOUS) == ()

    def test_a_shared_address_is_a_guess(self):
        sam = person("s-sam")
        Identity.objects.create(person=sam, kind="email", value="ana.flores@example.com")
        rows = queries.person_by_identity("email", "ana.flores@example.com", viewer=SYSTEM)
        assert {row.certainty for row in rows} == {"guessed"}
        assert len(rows) == 2

    def test_a_household(self):
        for one in ("g-ana", "s-sam"):
            home = queries.household(person(one).pk, viewer=SYSTEM)
            assert [g.name for g in home.guardians] == ["Ana Flores"]
            assert [s.name for s in home.students] == ["Sam Flores"]
        assert queries.household(person("t-lee").pk, viewer=SYSTEM).students == ()

    def test_only_staff_and_the_person_see_a_household(self):
        ana, lee = person("g-ana"), person("t-lee")
        hers = viewer_for(Account.objects.create_user("ana@example.com", person=ana))
        assert queries.household(ana.pk, viewer=hers).students
        assert not queries.household(ana.pk, viewer=ANONYMOUS).students
        other = viewer_for(Account.objects.create_user("charlie@example.com"))
        assert not queries.household(ana.pk, viewer=other).students
        teacher = viewer_for(Account.objects.create_user("lee@example.com", person=lee))
        assert queries.household(ana.pk, viewer=teacher).students


class TestDistrict:
    def test_before_anything_is_loaded_mail_can_still_be_taken(self):
        facts = queries.district(viewer=SYSTEM)
        assert (facts.name, facts.languages) == ("Our schools", ("en",))

    @pytest.mark.usefixtures("cedar_valley")
    def test_its_facts_and_closures(self):
        assert queries.district(viewer=ANONYMOUS).timezone == "America/Chicago"
        days = queries.closures(viewer=SYSTEM)
        assert list(days) == [date(2026, 11, day) for day in (25, 26, 27)]
        later = queries.closures(viewer=SYSTEM, first=date(2026, 11, 27), last=date(2027, 1, 1))
        assert later == {date(2026, 11, 27): "Thanksgiving break"}

    @pytest.mark.usefixtures("cedar_valley")
    def test_what_is_offered_to_whom(self):
        def offered(audience):
            rows = queries.services_offered(audience, viewer=ANONYMOUS)
            return [row.source_id for row in rows]

        assert offered("family") == ["it.password"]
        assert offered("staff") == ["it.password", "it.projector"]

    @pytest.mark.usefixtures("cedar_valley")
    def test_the_catalogue_is_remembered_until_it_changes(
        self, tmp_path, django_assert_num_queries
    ):
        first = queries.catalogue(viewer=SYSTEM)
        with django_assert_num_queries(1):
            assert queries.catalogue(viewer=SYSTEM) is first
        text = FILES["services.yaml"].replace("Password reset", "Locked account")
        load(write(tmp_path, services=text), now=NOW)
        names = {one.name for one in queries.catalogue(viewer=SYSTEM).services.values()}
        assert "Locked account" in names

    @pytest.mark.usefixtures("cedar_valley")
    def test_without_a_version_nothing_is_remembered(self):
        District.objects.update(version=0)
        queries.catalogue(viewer=SYSTEM)
        Service.objects.update(name="Another")
        names = {one.name for one in queries.catalogue(viewer=SYSTEM).services.values()}
        assert names == {"Another"}

    @pytest.mark.usefixtures("cedar_valley")
    def test_the_hours_of_a_team(self):
        teams = queries.catalogue(viewer=SYSTEM).teams.values()
        classroom = next(team for team in teams if team.source_id == "it.classroom")
        hours = queries.team_hours(classroom.id, viewer=SYSTEM)
        assert (hours.team, hours.department) == ("", "Mon-Fri 06:30-16:30")
        assert hours.district == "Mon-Fri 07:00-17:00"
        assert queries.team_hours(-1, viewer=SYSTEM).team == ""


@pytest.mark.usefixtures("cedar_valley")
class TestViewers:
    def test_nobody(self):
        assert viewer_for(None) is ANONYMOUS
        off = Account.objects.create_user("off@example.com")
        off.is_active = False
        assert viewer_for(off) is ANONYMOUS

    def test_a_guardian_is_an_asker(self):
        viewer = viewer_for(Account.objects.create_user("a@example.com", person=person("g-ana")))
        assert (viewer.kind, viewer.is_staff) == ("asker", False)
        assert viewer.person_id == person("g-ana").pk

    def test_a_teacher_is_staff_without_a_team(self):
        viewer = viewer_for(Account.objects.create_user("a@example.com", person=person("t-lee")))
        assert (viewer.kind, viewer.team_ids) == ("staff", frozenset())

    def test_a_technician_has_teams_and_their_department(self):
        viewer = viewer_for(Account.objects.create_user("a@example.com", person=person("t-theo")))
        assert viewer.kind == "staff"
        assert len(viewer.team_ids) == 2
        assert len(viewer.led_team_ids) == 1
        assert len(viewer.department_ids) == 1
        assert not viewer.is_on_call

    def test_whoever_owns_a_safety_service_is_on_call(self):
        Service.objects.filter(source_id="it.projector").update(sensitivity="safety")
        viewer = viewer_for(Account.objects.create_user("a@example.com", person=person("t-theo")))
        assert viewer.is_on_call

    def test_leaders_and_administrators(self):
        account = Account.objects.create_user("a@example.com", person=person("t-lee"))
        account.is_leader = True
        assert viewer_for(account).kind == "leader"
        account.is_administrator = True
        assert viewer_for(account).kind == "administrator"
