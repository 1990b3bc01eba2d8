"""One request told from its first word to its end: the messages, the state, the line."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from homeroom.demo import texts
from homeroom.demo.arrivals import Opening
from homeroom.demo.handling import Handling, after
from homeroom.demo.texts import Scene

# Where people write when they know a department's own address.
_OWN_ADDRESS = 0.55
# Shares of requests in which it happens; the chaser's is the catalogue's.
_ASKED, _CHASED, _WAITED, _THANKED, _REOPENED = 0.2, 0.12, 0.08, 0.28, 0.04
_CLOSES_AFTER = timedelta(days=5)
_OLDEST_OPEN = timedelta(days=10)
Line = dict[str, Any]


def dressed(text: str, opening: Opening, scene: Scene, draw: random.Random) -> str:
    """The words as that channel carries them: a letter, a text message, a note by staff."""
    if opening.channel == "email":
        hello, bye = texts.around("hello", scene, draw), texts.around("bye", scene, draw)
        name = scene.requester.name
        return draw.choice((f"{hello}\n\n{text}\n\n{bye}\n{name}", f"{text}\n\n{name}", text))
    if opening.channel in ("chat", "sms"):
        return text.lower().rstrip(".") if draw.random() < 0.5 else text
    if opening.channel == "walkup":
        return f"{texts.around('note', scene, draw)}: {text}"
    if opening.channel == "voice" and not scene.spanish:
        return f"Hi, this is {scene.requester.name}. {text}"
    return text


@dataclass(frozen=True, slots=True)
class Story:
    """Everything known of one request; `before` is the line it repeats or follows."""

    id: str
    before: str | None
    opening: Opening
    scene: Scene
    handling: Handling
    end: datetime

    def tell(self, draw: random.Random) -> Line:
        """The line of the history."""
        opening, scene = self.opening, self.scene
        messages, reopened, resolved = self._messages(draw)
        said = [one for one in messages if one["at"] < self.end]
        turns = [turn for turn in self.handling.turns if turn.at < self.end]
        solved = resolved if resolved < self.end else None
        replied = next((one["at"] for one in said if one["kind"] == "out"), None)
        outcome = "merged" if opening.repeats and self.before else "solved"
        outcome = "joined" if opening.incident else outcome
        closed = solved + _CLOSES_AFTER if solved else None
        closed = closed if closed and closed < self.end else None
        line = {
            **self._door(draw),
            "text": said[0]["text"],
            "audience": opening.audience,
            "language": scene.language,
            "school": scene.school,
            "place": self._place(),
            "asset": self._asset(),
            "status": self._status(said, turns, solved, closed),
            "outcome": outcome if solved else None,
            "opened_at": opening.at,
            "assigned_at": turns[0].at if turns else None,
            "first_reply_at": replied,
            "resolved_at": solved,
            "closed_at": closed,
            "assignee": turns[-1].member if turns else None,
            "reopened": int(reopened and bool(solved)),
            "incident": opening.incident or None,
            "recurring": opening.recurring or None,
            "duplicate_of": self.before if opening.repeats else None,
            "workflow": opening.workflow or None,
            "step": opening.step or None,
            "parent": self.before if opening.after else None,
            "turns": [{"team": t.team, "member": t.member, "at": t.at} for t in turns],
            "messages": said,
            "truth": self._truth(turns, solved),
        }
        return {key: _plain(value) for key, value in line.items()}

    def _door(self, draw: random.Random) -> Line:
        opening, scene = self.opening, self.scene
        person, folder = scene.requester, scene.folder
        department = folder.services[opening.service]["department"]
        own = folder.addresses.get(department, folder.addresses[""])
        mail = opening.channel == "email"
        walked = opening.channel == "walkup" and self.handling.turns
        return {
            "id": self.id,
            "at": opening.at,
            "channel": opening.channel,
            "from": {
                "name": person.name,
                "email": person.email,
                "phone": person.phone or None,
                "person": person.id or None,
            },
            "to": (own if draw.random() < _OWN_ADDRESS else folder.addresses[""]) if mail else None,
            "subject": texts.subject(opening.service, scene, draw) if mail else None,
            "recorded_by": self.handling.turns[0].member if walked else None,
        }

    def _messages(self, draw: random.Random) -> tuple[list[Line], bool, datetime]:
        """All messages in order, whether it came back, and when it was solved at last."""
        opening, scene, handling = self.opening, self.scene, self.handling
        hours = scene.folder.teams[handling.turns[-1].team].hours
        member = handling.turns[-1].member
        resolved = self._forced(handling.resolved, draw)
        replied = min(handling.first_reply, resolved)
        say = _Teller(opening.channel, scene, draw)
        say.asker(opening.at, self._opening_text(draw))
        for turn in handling.turns[:-1]:
            say.note(turn.at + timedelta(minutes=3), "moved", turn.member)
        self._middle(say, replied, resolved, member, draw)
        say.staff(resolved, texts.exchange(opening.service, "done", scene, draw), member)
        if draw.random() < _THANKED:
            say.asker(
                resolved + timedelta(minutes=draw.randint(4, 300)),
                texts.around("thanks", scene, draw),
            )
        back = draw.random() < _REOPENED
        if back:
            returned = resolved + timedelta(hours=draw.randint(2, 40))
            say.asker(returned, texts.around("again", scene, draw))
            resolved = self._forced(after(returned, draw.randint(60, 900), hours), draw, returned)
            say.staff(resolved, texts.exchange(opening.service, "done", scene, draw), member)
        return sorted(say.said, key=lambda one: one["at"]), back, resolved

    def _middle(
        self,
        say: "_Teller",
        replied: datetime,
        resolved: datetime,
        member: str,
        draw: random.Random,
    ) -> None:
        scene, length = self.scene, resolved - replied
        if replied < resolved and draw.random() < _ASKED:
            say.staff(replied, texts.exchange(self.opening.service, "ask", scene, draw), member)
            say.asker(
                replied + length * draw.random() * 0.4,
                texts.exchange(self.opening.service, "told", scene, draw),
            )
        elif replied < resolved:
            say.staff(replied, texts.around("first", scene, draw), member)
        if length > timedelta(hours=30) and draw.random() < _CHASED * 2.5:
            say.asker(
                replied + length * (0.4 + draw.random() / 2), texts.around("chase", scene, draw)
            )
        if length > timedelta(hours=30) and draw.random() < _WAITED:
            say.note(replied + length * 0.5, "waiting", member)

    def _opening_text(self, draw: random.Random) -> str:
        opening, scene = self.opening, self.scene
        own = opening.texto if scene.spanish else opening.text
        if own:
            text = texts.fill(own, scene, draw)
        else:
            text = texts.opening(opening.service, scene, opening.audience, draw)
        return dressed(text, opening, scene, draw)

    def _forced(
        self, resolved: datetime, draw: random.Random, since: datetime | None = None
    ) -> datetime:
        """Nothing older than ten days is still open when the history ends."""
        since = since or self.handling.turns[-1].at
        if resolved < self.end or self.opening.at > self.end - _OLDEST_OPEN:
            return resolved
        return since + (self.end - since) * (0.3 + 0.69 * draw.random())

    def _status(
        self, said: list[Line], turns: list[Any], solved: datetime | None, closed: datetime | None
    ) -> str:
        if closed:
            return "closed"
        if solved:
            return "resolved"
        if not turns:
            return "new"
        asked = said[-1]["kind"] == "out" and said[-1]["text"].endswith("?")
        return "waiting" if asked else "open"

    def _place(self) -> str | None:
        needs = self.scene.folder.services[self.opening.service]["required_context"]
        if "room" in needs or "location_detail" in needs or self.opening.room:
            return self.scene.place
        if "stop" in needs:
            stops = self.scene.folder.stops.get(self.scene.school, [])
            here = (self.scene.route, self.scene.stop)
            return next((id_ for route, name, id_ in stops if (route, name) == here), None)
        return None

    def _asset(self) -> str | None:
        folder, service = self.scene.folder, self.opening.service
        if "asset_tag" in folder.services[service]["required_context"]:
            return folder.tags.get(self.scene.kid.id)
        if service == "it.printer" and self.scene.words.get("printer", "").startswith("PR-"):
            return self.scene.words["printer"]
        kind = {"it.projector_av": "projector", "it.desk_phone": "phone"}.get(service, "")
        return folder.fixed.get(self.scene.place, {}).get(kind)

    def _truth(self, turns: list[Any], solved: datetime | None) -> Line:
        service = self.scene.folder.services[self.opening.service]
        return {
            "department": service["department"],
            "team": service["team"],
            "service": service["id"],
            "priority": self.handling.priority,
            "group": self.opening.incident or (self.opening.repeats and self.before) or self.id,
            "resolved_at": solved,
            "path": [[turn.team, turn.at] for turn in turns],
        }


class _Teller:
    """Collects the messages of one request."""

    def __init__(self, channel: str, scene: Scene, draw: random.Random) -> None:
        self.said: list[Line] = []
        self._channel = channel
        self._scene = scene
        self._draw = draw

    def asker(self, at: datetime, text: str) -> None:
        self._say(at, "in", self._scene.requester.id or None, text)

    def staff(self, at: datetime, text: str, member: str) -> None:
        self._say(at, "out", member, text)

    def note(self, at: datetime, kind: str, member: str) -> None:
        self._say(at, "note", member, texts.around(kind, self._scene, self._draw))

    def _say(self, at: datetime, kind: str, by: str | None, text: str) -> None:
        one = {"at": at, "kind": kind, "by": by, "channel": self._channel, "text": text}
        self.said.append(one)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value
