"""Who makes a request, and where they stand: from an opening to a scene."""

import random
from collections import defaultdict
from datetime import date

from homeroom.demo import shelf
from homeroom.demo.arrivals import Opening
from homeroom.demo.folder import Folder, Resident
from homeroom.demo.texts import Scene

# Teachers ask most of what staff ask; the rest is offices, kitchens, drivers.
_TEACHER = 0.7
# People who speak Spanish at home write in Spanish this often.
_WRITES_SPANISH = 0.8


class Cast:
    """The people of a folder, ready to be called upon by role and school."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._at: dict[tuple[str, str], list[Resident]] = defaultdict(list)
        self._mail = {person.email: person for person in folder.people.values()}
        for role in ("student", "staff", "teacher"):
            for person in folder.by_role[role]:
                self._at[role, person.org].append(person)
        self._names = list(shelf.from_toml("names.toml").values())

    def scene(self, opening: Opening, draw: random.Random) -> Scene:
        """Somebody fitting for the opening, with a school, a room, a stop and a language."""
        folder = self.folder
        requester, kid = self._people(opening, draw)
        school = opening.school or (kid.org if kid.org in folder.schools else "")
        if requester.org in folder.schools and not opening.school and requester.role == "staff":
            school = requester.org
        school = school or draw.choice(list(folder.schools))
        stops = folder.stops.get(school) or [("1", "the stop", "")]
        fitting = [stop for stop in stops if stop[0] == opening.route] or stops
        route, stop, _ = draw.choice(fitting)
        room = opening.room or folder.taught_in.get(requester.id, "")
        if room not in folder.rooms[school]:
            room = draw.choice(folder.rooms[school])
        spanish = requester.language == "es" and draw.random() < _WRITES_SPANISH
        return Scene(
            folder=folder,
            day=opening.at.date(),
            requester=requester,
            kid=kid,
            school=school,
            room=room,
            route=route,
            stop=stop,
            language="es" if spanish else "en",
        )

    def _people(self, opening: Opening, draw: random.Random) -> tuple[Resident, Resident]:
        folder = self.folder
        kids = self._at.get(("student", opening.school)) or folder.by_role["student"]
        kid = draw.choice(kids)
        named = self._mail.get(opening.requester)
        if named is not None:
            return named, kid
        if opening.audience == "student":
            return kid, kid
        if opening.audience == "family" and kid.agents:
            return folder.people[draw.choice(kid.agents)], kid
        if opening.audience == "staff":
            role = "teacher" if draw.random() < _TEACHER else "staff"
            staff = self._at.get((role, opening.school)) or folder.by_role[role]
            person = draw.choice(staff)
            return person, draw.choice(self._at.get(("student", person.org)) or kids)
        return self._stranger(opening.at.date(), draw), kid

    def _stranger(self, day: date, draw: random.Random) -> Resident:
        origin = draw.choices(self._names, [names["share"] for names in self._names])[0]
        given = draw.choice(origin["mothers"] + origin["fathers"])
        family = draw.choice(origin["families"])
        number = draw.randrange(1000, 9999)
        return Resident(
            id="",
            given=given,
            family=family,
            email=f"visitor{number}@example.net",
            phone=f"+1555555{number}",
            role="community",
            org="",
            title="",
            language="es" if origin["language"] == "es" and day.day % 2 else "en",
            grade="",
            agents=(),
        )
