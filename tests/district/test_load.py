"""A district folder becomes the standing facts."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from homeroom.district.load import load
from homeroom.district.models import (
    Asset,
    Channel,
    Closure,
    District,
    Guardianship,
    Identity,
    Membership,
    Org,
    Person,
    Place,
    Role,
    Service,
    Team,
)
from homeroom.district.report import NoSuchFolder
from tests.district.folder import FILES, NOW, write

pytestmark = pytest.mark.django_db

USERS, ROLES = FILES["oneroster/users.csv"], FILES["oneroster/roles.csv"]


def file(report, name):
    return next(one for one in report.files if one.file == name)


def line(text: str, start: str) -> str:
    return next(row for row in text.splitlines() if row.startswith(start)) + "\n"


def reasons(report) -> list[str]:
    return [str(one) for one in report.refused]


class TestTheWholeFolder:
    def test_everything_arrives(self, tmp_path):
        report = load(write(tmp_path), now=NOW)
        assert reasons(report) == []
        assert [str(one) for one in report.remarks if one.line] == []
        district = District.objects.get()
        assert (district.name, district.timezone) == ("Cedar Valley Schools", "America/Chicago")
        assert district.year_starts_on == date(2026, 8, 17)
        sam = Person.objects.get(source_id="s-sam")
        assert (sam.name, sam.grade, sam.language, sam.number) == (
            "Sam Flores",
            "10",
            "es",
            "48817",
        )
        assert sam.org.source_id == "lincoln"
        lee = Person.objects.get(source_id="t-lee")
        assert (lee.title, lee.job, lee.place.name) == ("Ms.", "Science teacher", "Room 214")
        assert Guardianship.objects.get().guardian.name == "Ana Flores"
        projector = Asset.objects.get(tag="PJ-0214")
        assert (projector.place.source_id, projector.org.name) == (
            "lincoln-214",
            "Lincoln High School",
        )
        assert Place.objects.get(source_id="lincoln-214").parent.kind == "building"
        assert Org.objects.get(source_id="it").parent.source_id == "cv"
        assert [c.on.day for c in Closure.objects.order_by("on")] == [25, 26, 27]

    def test_a_service_keeps_everything_that_was_written(self, tmp_path):
        report = load(write(tmp_path), now=NOW)
        projector = Service.objects.get(source_id="it.projector")
        assert projector.raisers == ["class in progress"]
        assert projector.auto_answer == "no"
        assert projector.examples == [{"lang": "en", "text": "Projector in 214 is dead again"}]
        password = Service.objects.get(source_id="it.password")
        assert (password.department.source_id, password.auto_answer) == ("it", "yes")
        assert password.facts == {"colour": "blue"}
        assert file(report, "services.yaml").unknown == ("colour",)

    def test_a_service_may_be_optional(self, tmp_path):
        services = FILES["services.yaml"].replace("colour:", "optional: true\n  colour:")
        report = load(write(tmp_path, services=services), now=NOW)
        assert Service.objects.get(source_id="it.password").facts == {
            "colour": "blue",
            "optional": True,
        }
        assert file(report, "services.yaml").unknown == ("colour",)

    def test_teams_know_their_members_by_id_and_by_address(self, tmp_path):
        load(write(tmp_path), now=NOW)
        assert Team.objects.get(source_id="it.classroom").hours == ""
        desk = Membership.objects.get(team__source_id="it.desk")
        assert desk.person.source_id == "t-theo"
        assert Membership.objects.filter(team__source_id="it.desk", is_lead=True).exists()

    def test_the_doors_are_there_and_two_always(self, tmp_path):
        load(write(tmp_path), now=NOW)
        doors = {(c.kind, c.address): c for c in Channel.objects.all()}
        assert set(doors) == {
            ("email", "help@cedarvalley.example"),
            ("email", "it@cedarvalley.example"),
            ("form", ""),
            ("walkup", ""),
        }
        assert doors["email", "it@cedarvalley.example"].org.source_id == "it"

    def test_loading_again_changes_nothing(self, tmp_path):
        first = load(write(tmp_path), now=NOW)
        version = District.objects.get().version
        tables = (Person, Identity, Role, Place, Service, Team, Membership, Org, Asset, Channel)
        before = [sorted(model.objects.values_list(), key=repr) for model in tables]
        again = load(tmp_path, now=NOW)
        assert (again.added, again.changed, again.removed) == (0, 0, 0)
        assert again.left == first.added + first.changed + first.left
        assert [sorted(model.objects.values_list(), key=repr) for model in tables] == before
        assert District.objects.get().version == version

    def test_what_was_altered_by_hand_since_is_put_right(self, tmp_path):
        load(write(tmp_path), now=NOW)
        Person.objects.filter(source_id="t-lee").update(family_name="Li")
        report = load(tmp_path, now=NOW)
        assert (report.added, report.changed) == (0, 1)
        assert Person.objects.get(source_id="t-lee").family_name == "Lee"

    def test_what_is_refused_is_said_again(self, tmp_path):
        users = USERS + line(USERS, "t-lee")
        first = load(write(tmp_path, oneroster__users=users), now=NOW)
        again = load(tmp_path, now=NOW)
        assert reasons(again) == reasons(first) != []
        assert file(again, "services.yaml").unknown == ("colour",)

    def test_a_second_load_on_another_day_changes_nothing_either(self, tmp_path):
        first = load(write(tmp_path), now=NOW)
        again = load(tmp_path, now=NOW + timedelta(days=3))
        assert (again.added, again.changed, again.removed) == (0, 0, 0)
        assert again.left == first.added + first.changed + first.left

    def test_a_change_renews_the_version(self, tmp_path):
        load(write(tmp_path), now=NOW)
        version = District.objects.get().version
        load(write(tmp_path, places=FILES["places.csv"].replace("science lab", "lab")), now=NOW)
        assert District.objects.get().version != version

    def test_missing_files_are_said_and_stop_nothing(self, tmp_path):
        report = load(write(tmp_path, assets=None, calendar=None, district=None), now=NOW)
        missing = {one.file for one in report.remarks if "no such file" in one.reason}
        assert {"assets.csv", "calendar.ics", "district.toml"} <= missing
        assert Person.objects.count() == 5
        assert Channel.objects.filter(kind="form").exists()

    def test_no_folder_is_a_sentence(self, tmp_path):
        with pytest.raises(NoSuchFolder, match="There is no folder"):
            load(tmp_path / "nowhere", now=NOW)


class TestAddresses:
    def test_whose_addresses_are_verified(self, tmp_path):
        load(write(tmp_path), now=NOW)
        verified = dict(Identity.objects.values_list("value", "verified_at"))
        assert verified["dana.lee@cedarvalley.example"] == NOW
        assert verified["ana.flores@example.com"] == NOW  # a guardian's, from the roster
        assert verified["sofia@private.example"] is None  # staff, outside the mail domains
        assert verified["+13125550142"] is None  # a number is a claim

    def test_an_address_that_the_roster_drops_is_gone_and_counts_as_a_change(self, tmp_path):
        load(write(tmp_path), now=NOW)
        moved = USERS.replace("ana.flores@example.com", "ana@example.org")
        report = load(write(tmp_path, oneroster__users=moved), now=NOW)
        assert file(report, "oneroster/users.csv").changed == 1
        ana = Person.objects.get(source_id="g-ana")
        assert {i.value for i in ana.identities.filter(kind="email")} == {"ana@example.org"}

    def test_an_address_a_person_added_herself_stays(self, tmp_path):
        load(write(tmp_path), now=NOW)
        ana = Person.objects.get(source_id="g-ana")
        Identity.objects.create(person=ana, kind="email", value="ana@work.example", source="self")
        load(tmp_path, now=NOW)
        assert ana.identities.filter(value="ana@work.example").exists()

    def test_bad_addresses_are_remarked_with_their_line(self, tmp_path):
        bad = USERS.replace("ana.flores@example.com", "ana at home").replace("(312) 555-0142", "12")
        report = load(write(tmp_path, oneroster__users=bad), now=NOW)
        said = [str(one) for one in report.remarks]
        assert any(s.startswith("oneroster/users.csv:2: “ana at home” is no e-mail") for s in said)
        assert any(s.startswith("oneroster/users.csv:2: “12” is no telephone") for s in said)
        assert Person.objects.filter(source_id="g-ana").exists()


class TestGuardians:
    def test_a_custody_change_ends_the_guardianship(self, tmp_path):
        load(write(tmp_path), now=NOW)
        apart = USERS.replace(",s-sam,,,lincoln,,,Spanish", ",,,,lincoln,,,Spanish")
        apart = apart.replace(",g-ana,10,", ",,10,")
        report = load(write(tmp_path, oneroster__users=apart), now=NOW)
        assert not Guardianship.objects.exists()
        assert file(report, "oneroster/users.csv").changed == 2

    @pytest.mark.parametrize("only", ["pupil", "guardian"])
    def test_either_may_name_the_other(self, tmp_path, only):
        users = USERS
        if only == "pupil":
            users = users.replace(",s-sam,,,lincoln,,,Spanish", ",,,,lincoln,,,Spanish")
        else:
            users = users.replace(",g-ana,10,", ",,10,")
        load(write(tmp_path, oneroster__users=users), now=NOW)
        pair = Guardianship.objects.get()
        assert (pair.guardian.name, pair.student.name) == ("Ana Flores", "Sam Flores")

    def test_one_entered_by_hand_stays(self, tmp_path):
        load(write(tmp_path), now=NOW)
        theo, sam = (Person.objects.get(source_id=i) for i in ("t-theo", "s-sam"))
        Guardianship.objects.create(guardian=theo, student=sam)
        load(tmp_path, now=NOW)
        assert Guardianship.objects.filter(guardian=theo).exists()


class TestGoing:
    def test_whoever_is_absent_from_a_bulk_file_is_deactivated(self, tmp_path):
        load(write(tmp_path), now=NOW)
        Person.objects.create(given_name="Charlie")  # nobody's roster
        users = USERS.replace(line(USERS, "t-sofia"), "")
        roles = ROLES.replace(line(ROLES, "r5"), "")
        report = load(write(tmp_path, oneroster__users=users, oneroster__roles=roles), now=NOW)
        assert file(report, "oneroster/users.csv").removed == 1
        assert not Person.objects.get(source_id="t-sofia").is_active
        assert Person.objects.get(given_name="Charlie").is_active
        assert Role.objects.get(person__source_id="t-sofia").to_on == date(2026, 11, 23)

    def test_and_comes_back(self, tmp_path):
        self.test_whoever_is_absent_from_a_bulk_file_is_deactivated(tmp_path)
        load(write(tmp_path), now=NOW)
        assert Person.objects.get(source_id="t-sofia").is_active
        assert Role.objects.get(person__source_id="t-sofia").to_on is None

    def test_to_be_deleted(self, tmp_path):
        load(write(tmp_path), now=NOW)
        head = USERS.splitlines()[0] + "\n"
        gone = line(USERS, "t-sofia").replace("t-sofia,,,", "t-sofia,tobedeleted,2026-11-20,")
        new = "t-new,active,2026-11-20,true,,,New,Person" + "," * 12 + "\n"
        users = head + gone + new
        report = load(write(tmp_path, oneroster__users=users, oneroster__roles=None), now=NOW)
        one = file(report, "oneroster/users.csv")
        assert (one.added, one.removed) == (1, 1)
        assert Person.objects.filter(is_active=True).count() == 5  # a delta: the rest stays

    def test_a_truncated_export_is_refused_whole(self, tmp_path):
        load(write(tmp_path), now=NOW)
        users = "".join(USERS.splitlines(keepends=True)[:2])
        users = users.replace("Ana,Flores", "Anna,Flores")
        report = load(write(tmp_path, oneroster__users=users), now=NOW)
        assert any("would take away 4 of 5 people" in reason for reason in reasons(report))
        assert Person.objects.filter(is_active=True).count() == 5
        assert Person.objects.get(source_id="g-ana").given_name == "Ana"  # nothing half done
        load(tmp_path, now=NOW, allow_shrink=True)
        assert Person.objects.filter(is_active=True).count() == 1

    def test_truncated_roles_are_refused_too(self, tmp_path):
        load(write(tmp_path), now=NOW)
        roles = "".join(ROLES.splitlines(keepends=True)[:2])
        report = load(write(tmp_path, oneroster__roles=roles), now=NOW)
        assert any("people’s roles" in reason for reason in reasons(report))
        assert not Role.objects.exclude(to_on=None).exists()

    def test_the_school_year_rolls_over_and_keeps_history(self, tmp_path):
        dated = ROLES.replace("student,,,", "student,2026-08-17,2027-05-28,")
        load(write(tmp_path, oneroster__roles=dated), now=NOW)
        summer = datetime(2027, 8, 20, 15, tzinfo=UTC)
        rolled = ROLES.replace("student,,,lincoln", "student,2027-08-16,2028-05-26,lincoln")
        users = USERS.replace(",g-ana,10,", ",g-ana,11,")
        write(tmp_path, oneroster__roles=rolled, oneroster__users=users)
        load(tmp_path, now=summer)
        spans = Role.objects.filter(person__source_id="s-sam").order_by("from_on")
        assert [(r.from_on.year, r.to_on.year) for r in spans] == [(2026, 2027), (2027, 2028)]
        assert Person.objects.get(source_id="s-sam").grade == "11"

    def test_a_teacher_who_moves_school_keeps_her_past(self, tmp_path):
        load(write(tmp_path), now=NOW)
        roles = ROLES.replace(
            "t-lee,primary,teacher,,,lincoln", "t-lee,primary,teacher,,,roosevelt"
        )
        load(write(tmp_path, oneroster__roles=roles), now=NOW)
        found = Role.objects.filter(person__source_id="t-lee").values_list(
            "org__source_id", "to_on"
        )
        assert set(found) == {("lincoln", date(2026, 11, 23)), ("roosevelt", None)}

    def test_what_people_entered_is_left_alone(self, tmp_path):
        load(write(tmp_path), now=NOW)
        team = Team.objects.get(source_id="it.desk")
        Service.objects.create(
            source_id="own", name="Our own", department=team.department, team=team
        )
        report = load(tmp_path, now=NOW)
        assert Service.objects.get(source_id="own").is_active
        assert report.removed == 0


OLD_USERS = """\
sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,\
familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password
p1,,,true,"lincoln,roosevelt",Guardian,,,Ana,Flores,,,ana@example.com,,,,,
p2,,,true,lincoln,student,,,Sam,Flores,,,sam@students.cedarvalley.example,,,p1,09,
"""


class TestOneRoster11:
    def test_roles_orgs_and_agents_stand_in_users(self, tmp_path):
        report = load(write(tmp_path, oneroster__users=OLD_USERS, oneroster__roles=None), now=NOW)
        assert [r for r in reasons(report) if "users.csv" in r] == []
        roles = Role.objects.values_list(
            "person__source_id", "org__source_id", "role", "is_primary"
        )
        assert set(roles) == {
            ("p1", "lincoln", "guardian", True),
            ("p1", "roosevelt", "guardian", False),
            ("p2", "lincoln", "student", True),
        }
        pair = Guardianship.objects.get()
        assert (pair.guardian.source_id, pair.student.source_id) == ("p1", "p2")
        assert Person.objects.get(source_id="p2").grade == "9"
        assert Identity.objects.get(value="ana@example.com").verified_at == NOW
        again = load(tmp_path, now=NOW)
        assert (again.added, again.changed, again.removed) == (0, 0, 0)

    def test_the_school_year_comes_from_its_session(self, tmp_path):
        toml = FILES["district.toml"].replace("[school_year]\n", "[other]\n")
        write(tmp_path, district=toml)
        (tmp_path / "oneroster" / "academicSessions.csv").write_text(
            "sourcedId,status,dateLastModified,title,type,startDate,endDate\n"
            "a,,,Last,schoolYear,2025-08-18,2026-05-29\n"
            "b,,,This,schoolYear,2026-08-17,2027-05-28\n"
            "c,,,Fall,term,2026-08-17,2026-12-18\n"
        )
        load(tmp_path, now=NOW)
        assert District.objects.get().year_ends_on == date(2027, 5, 28)


class TestFilesAsPeopleExportThem:
    def test_byte_order_mark_and_crlf(self, tmp_path):
        text = "\ufeff" + USERS.replace("\n", "\r\n")
        report = load(write(tmp_path, oneroster__users=text), now=NOW)
        assert file(report, "oneroster/users.csv").added == 5
        assert Person.objects.get(source_id="t-sofia").family_name == "Pérez-Núñez"

    def test_latin_1_is_guessed_with_a_remark(self, tmp_path):
        report = load(write(tmp_path, oneroster__users=USERS.encode("cp1252")), now=NOW)
        assert Person.objects.get(source_id="t-sofia").given_name == "Sofía"
        assert any("not UTF-8" in one.reason for one in report.remarks)

    def test_utf_16_and_semicolons(self, tmp_path):
        places = FILES["places.csv"].replace(",", ";")
        load(write(tmp_path, places=places.encode("utf-16")), now=NOW)
        assert Place.objects.count() == 4

    def test_a_line_break_inside_quotes_keeps_the_count_of_lines(self, tmp_path):
        text = (
            "id,name,kind,parent,org,aliases\n"
            'a,"Room\n1",room,,lincoln,\n'
            "b,Room 2,castle,,lincoln,\n"
        )
        report = load(write(tmp_path, places=text), now=NOW)
        assert "places.csv:4: The kind “castle” is none of" in reasons(report)[0]

    def test_the_second_of_two_with_one_id_is_refused_by_line(self, tmp_path):
        text = USERS + line(USERS, "t-lee").replace("Dana", "Diana")
        report = load(write(tmp_path, oneroster__users=text), now=NOW)
        assert reasons(report) == [
            "oneroster/users.csv:7: sourcedId t-lee stands in the file twice; the first was used."
        ]
        assert Person.objects.get(source_id="t-lee").given_name == "Dana"

    def test_a_missing_column_refuses_the_file_and_nothing_else(self, tmp_path):
        text = USERS.replace("familyName", "surname")
        report = load(write(tmp_path, oneroster__users=text), now=NOW)
        assert "oneroster/users.csv:1: users.csv lacks the column familyName." in reasons(report)
        assert Place.objects.count() == 4

    def test_extra_columns_are_reported(self, tmp_path):
        text = "\n".join(row + ",x" for row in FILES["places.csv"].splitlines())
        report = load(write(tmp_path, places=text.replace("aliases,x", "aliases,paint")), now=NOW)
        assert file(report, "places.csv").unknown == ("paint",)
        assert Place.objects.count() == 4

    def test_an_empty_file_is_refused(self, tmp_path):
        report = load(write(tmp_path, places=""), now=NOW)
        assert any("places.csv is empty" in reason for reason in reasons(report))

    def test_a_name_that_is_too_long_refuses_its_row_alone(self, tmp_path):
        text = FILES["places.csv"].replace("Room 214,room,lincoln-b", "R" * 201 + ",room,lincoln-b")
        report = load(write(tmp_path, places=text), now=NOW)
        assert reasons(report)[0].startswith("places.csv:3: name is longer than 200 letters")
        assert Place.objects.count() == 3

    def test_an_open_quotation_mark(self, tmp_path):
        text = FILES["places.csv"] + 'x,"never closed,room,,lincoln,\n'
        report = load(write(tmp_path, places=text), now=NOW)
        assert len(report.refused) == 1
        assert Place.objects.count() == 4

    def test_roles_of_unknown_people_are_refused(self, tmp_path):
        text = ROLES + "r9,,,nobody,primary,teacher,,,lincoln\n"
        report = load(write(tmp_path, oneroster__roles=text), now=NOW)
        assert reasons(report) == ["oneroster/roles.csv:7: The person nobody is not known."]
        one = file(report, "oneroster/roles.csv")
        assert (one.added, one.left) == (5, 0)


class TestSettings:
    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            ("America/Chicago", "America/Gotham", "district.toml:2: “America/Gotham” is no time"),
            ('["en", "es"]', '["English"]', "district.toml:3: languages must be codes"),
            ("Mon-Fri 07:00-17:00", "mornings", "district.toml:5: “mornings” cannot be read"),
            ("first_day = 2026-08-17", "first_day = 1", "district.toml:8: school_year needs"),
            ('"it@cedarvalley.example"', '"it"', "district.toml:17: “it” is no address"),
            ('kind = "email"\nname = "Tech', 'kind = "owl"\nname = "Tech', "district.toml:17: The"),
        ],
    )
    def test_a_bad_value_is_refused_by_line_and_the_rest_stands(self, tmp_path, old, new, reason):
        text = FILES["district.toml"].replace(old, new)
        report = load(write(tmp_path, district=text), now=NOW)
        assert any(one.startswith(reason) for one in reasons(report)), reasons(report)
        assert District.objects.get().name == "Cedar Valley Schools"
        assert Person.objects.count() == 5

    def test_broken_toml_is_refused_with_its_line(self, tmp_path):
        report = load(write(tmp_path, district='name = "x"\nwhat is this\n'), now=NOW)
        assert any(one.startswith("district.toml:2: ") for one in reasons(report))
        assert Person.objects.count() == 5

    def test_a_door_that_is_no_longer_named_is_shut_and_opens_again(self, tmp_path):
        load(write(tmp_path), now=NOW)
        fewer = FILES["district.toml"].split('[[channels]]\nkind = "email"\nname = "Tech')[0]
        report = load(write(tmp_path, district=fewer), now=NOW)
        assert report.removed == 1
        assert not Channel.objects.get(address="it@cedarvalley.example").is_on
        load(write(tmp_path), now=NOW)
        assert Channel.objects.get(address="it@cedarvalley.example").is_on

    def test_intake_addresses_may_stand_in_one_list(self, tmp_path):
        text = 'intake = ["front@cedarvalley.example"]\nname = "Cedar Valley Schools"\n'
        load(write(tmp_path, district=text), now=NOW)
        assert Channel.objects.filter(kind="email", address="front@cedarvalley.example").exists()


class TestDepartmentsAndServices:
    def test_unknown_members_and_bad_hours_keep_the_team(self, tmp_path):
        text = FILES["departments.yaml"].replace("[t-theo]\n    -", "[t-theo, ghost]\n    -")
        text = text.replace("Mon-Fri 07:00-15:00", "sometimes")
        report = load(write(tmp_path, departments=text), now=NOW)
        assert reasons(report)[0].startswith("departments.yaml:5: The member ghost of the team")
        assert any(one.line == 11 and "sometimes" in one.reason for one in report.remarks)
        assert Team.objects.count() == 2

    def test_a_service_without_a_known_team_is_refused_by_line(self, tmp_path):
        text = FILES["services.yaml"].replace("team: it.desk", "team: it.ghosts")
        report = load(write(tmp_path, services=text), now=NOW)
        reason = "The service it.password needs the team it.ghosts, which is not known."
        assert reasons(report) == [f"services.yaml:18: {reason}"]
        assert Service.objects.count() == 1
        one = file(report, "services.yaml")
        assert (one.added, one.left) == (1, 0)

    def test_values_outside_the_lists_fall_back_with_a_remark(self, tmp_path):
        text = FILES["services.yaml"].replace("sensitivity: internal", "sensitivity: hush")
        text = text.replace("default_priority: 3", "default_priority: 9")
        text = text.replace("resolve_hours: 16", "resolve_hours: soon")
        report = load(write(tmp_path, services=text), now=NOW)
        assert {one.line for one in report.remarks if one.file == "services.yaml"} == {6, 7, 13}
        service = Service.objects.get(source_id="it.projector")
        assert (service.sensitivity, service.default_priority) == ("internal", 3)
        assert service.resolve_hours == 40

    def test_broken_yaml_refuses_the_file_with_its_line(self, tmp_path):
        report = load(write(tmp_path, services="- id: a\n  name: [b\n- c: }\n"), now=NOW)
        assert any(one.startswith("services.yaml:3: ") for one in reasons(report))
        assert Team.objects.count() == 2

    def test_a_department_the_roster_has_keeps_its_roster_name(self, tmp_path):
        orgs = FILES["oneroster/orgs.csv"] + "it,,,Information Technology,department,,cv\n"
        write(tmp_path, oneroster__orgs=orgs)
        load(tmp_path, now=NOW)
        again = load(tmp_path, now=NOW)
        assert (again.added, again.changed, again.removed) == (0, 0, 0)
        assert Org.objects.get(source_id="it").name == "Information Technology"
        assert Org.objects.get(source_id="it").hours == "Mon-Fri 06:30-16:30"


ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Test//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261007
RRULE:FREQ=WEEKLY;COUNT=3
EXDATE;VALUE=DATE:20261014
SUMMARY:Early closing
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20261105T190000Z
SUMMARY:Football
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;VALUE=DATE:20270101
RRULE:FREQ=YEARLY
SUMMARY:New Year
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTART;VALUE=DATE:20261109
STATUS:CANCELLED
SUMMARY:Cancelled
END:VEVENT
END:VCALENDAR
"""


class TestCalendar:
    def test_repeats_are_followed_within_bounds(self, tmp_path):
        report = load(write(tmp_path, calendar=ICS), now=NOW)
        days = set(Closure.objects.values_list("on", flat=True))
        assert {date(2026, 10, 7), date(2026, 10, 21), date(2027, 1, 1)} <= days
        assert date(2026, 10, 14) not in days
        assert date(2026, 11, 9) not in days
        assert len(days) == 5  # two Wednesdays and three New Years
        assert reasons(report) == [
            "calendar.ics:11: The event “Football” is not all-day, so it closes no school."
        ]

    def test_a_day_that_is_no_longer_named_is_open_again(self, tmp_path):
        load(write(tmp_path), now=NOW)
        empty = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nEND:VCALENDAR\n"
        report = load(write(tmp_path, calendar=empty), now=NOW)
        assert file(report, "calendar.ics").removed == 3
        assert not Closure.objects.exists()

    def test_what_is_no_calendar_is_refused(self, tmp_path):
        report = load(write(tmp_path, calendar="hello"), now=NOW)
        assert any(one.startswith("calendar.ics:") for one in reasons(report))


def test_progress_is_told(tmp_path):
    heard = []
    rows = "".join(f"p{n},,,true,,,Given,Family{',' * 12}\n" for n in range(5_001))
    users = USERS.splitlines()[0] + "\n" + rows
    write(tmp_path, oneroster__users=users)
    load(tmp_path, now=NOW, on_progress=lambda name, count: heard.append((name, count)))
    assert heard == [("oneroster/users.csv", 5_000)]


@pytest.mark.django_db(transaction=True)
def test_one_failing_file_leaves_the_others_committed(tmp_path):
    load(write(tmp_path, services="- [broken"), now=NOW)
    connection.rollback() if connection.in_atomic_block else None
    assert Person.objects.count() == 5
    assert Service.objects.count() == 0
