"""The people every test knows: Ana, Sam, Ms. Lee, Theo, Dr. Ortiz, and Charlie who is nobody."""

import functools
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth.hashers import ScryptPasswordHasher

from homeroom.district.models import (
    Account,
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

NOW = datetime(2026, 11, 24, 15, 38, tzinfo=UTC)
"""A Tuesday, 9:38 in the morning at Lincoln High."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everyone and everything of a small district."""

    lincoln: Org
    technology: Org
    transportation: Org
    room_214: Place
    projector: Asset
    ana: Person
    sam: Person
    lee: Person
    theo: Person
    ortiz: Person
    classroom: Team
    buses: Team
    safety: Team
    projectors: Service
    late_bus: Service
    tips: Service


PASSWORD = "a long enough password"


def _person(source_id: str, given: str, family: str, email: str, role: str, org: Org) -> Person:
    person = Person.objects.create(
        source_id=source_id,
        given_name=given,
        family_name=family,
        org=org,
        keys=[f"{given} {family}".lower(), family.lower()],
        language="es" if given == "Ana" else "",
    )
    Role.objects.create(person=person, org=org, role=role, is_primary=True)
    Identity.objects.create(person=person, kind="email", value=email, verified_at=NOW)
    return person


@functools.cache
def _hashed() -> str:
    """The password that everybody here has, as it is stored: hashing it takes as long as it must."""
    hasher = ScryptPasswordHasher()
    return hasher.encode(PASSWORD, hasher.salt())


def assemble() -> Cast:
    """Put the cast into an empty database."""
    District.objects.create(
        name="Cedar Valley Schools",
        timezone="America/Chicago",
        languages=["en", "es"],
        mail_domains=["cedarvalley.example"],
        phone="(555) 555-0100",
        office_hours="Mon-Fri 07:00-17:00",
    )
    Closure.objects.create(on=datetime(2026, 11, 26, tzinfo=UTC).date(), name="Thanksgiving")
    Channel.objects.create(kind="email", address="help@cedarvalley.example", name="Help")
    district = Org.objects.create(source_id="cv", name="Cedar Valley Schools", kind="district")
    lincoln = Org.objects.create(
        source_id="lincoln", name="Lincoln High", kind="school", parent=district
    )
    technology = Org.objects.create(
        source_id="it", name="Technology", kind="department", parent=district
    )
    transportation = Org.objects.create(
        source_id="tra", name="Transportation", kind="department", parent=district
    )
    student_services = Org.objects.create(
        source_id="stu", name="Student Services", kind="department", parent=district
    )
    room = Place.objects.create(
        source_id="lincoln-214", name="214", kind="room", org=lincoln, keys=["214"]
    )
    projector = Asset.objects.create(
        tag="PJ-0214", serial="X1Y2Z3", kind="projector", org=lincoln, place=room
    )
    mail = "cedarvalley.example"
    ana = _person("g-ana", "Ana", "Flores", "ana.flores@example.com", "guardian", lincoln)
    sam = _person("s-sam", "Sam", "Flores", f"sam.flores@students.{mail}", "student", lincoln)
    Guardianship.objects.create(guardian=ana, student=sam)
    lee = _person("t-lee", "Dana", "Lee", f"dana.lee@{mail}", "teacher", lincoln)
    theo = _person("t-theo", "Theo", "Ramos", f"theo.ramos@{mail}", "technician", district)
    ortiz = _person("t-ortiz", "Elena", "Ortiz", f"elena.ortiz@{mail}", "superintendent", district)
    classroom = Team.objects.create(
        source_id="it.classroom",
        name="Classroom IT",
        department=technology,
        hours="Mon-Fri 06:30-16:30",
    )
    buses = Team.objects.create(
        source_id="tra.desk",
        name="Bus desk",
        department=transportation,
        hours="Mon-Fri 05:00-18:00",
    )
    safety = Team.objects.create(
        source_id="stu.safety",
        name="Safety team",
        department=student_services,
        hours="Mon-Fri 07:00-17:00",
    )
    Membership.objects.create(team=classroom, person=theo)
    Membership.objects.create(team=safety, person=ortiz, is_lead=True)
    for person, leads in ((theo, False), (ortiz, True)):
        email = person.identities.get().value
        Account.objects.create(email=email, password=_hashed(), person=person, is_leader=leads)
    return Cast(
        lincoln=lincoln,
        technology=technology,
        transportation=transportation,
        room_214=room,
        projector=projector,
        ana=ana,
        sam=sam,
        lee=lee,
        theo=theo,
        ortiz=ortiz,
        classroom=classroom,
        buses=buses,
        safety=safety,
        projectors=_service(
            "it.projector", "Projector, display or sound in a classroom", technology, classroom,
            ["Projector has no picture", "no sound from the board in my room"],
        ),
        late_bus=_service(
            "tra.late", "Bus late or missed", transportation, buses,
            ["bus 42 has not come", "el autobús no ha llegado"],
        ),
        tips=_service(
            "stu.tip", "Safety concern about a student", student_services, safety,
            ["I am worried about a student"], sensitivity="safety",
        ),
    )  # fmt: skip


def _service(
    source_id: str,
    name: str,
    department: Org,
    team: Team,
    examples: list[str],
    sensitivity: str = "internal",
) -> Service:
    return Service.objects.create(
        source_id=source_id,
        name=name,
        department=department,
        team=team,
        audiences=["student", "family", "staff"],
        sensitivity=sensitivity,
        examples=[{"lang": "es" if "autobús" in text else "en", "text": text} for text in examples],
        first_response_hours=2,
        resolve_hours=8,
    )
