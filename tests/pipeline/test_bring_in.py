"""An older system's requests become history: columns guessed or mapped, bad rows named."""

import json
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.channels.models import Delivery
from homeroom.kit import clock
from homeroom.pipeline import bring_in, columns, learn, reactions, vectors
from homeroom.pipeline.columns import BadMap, BadRow, Map
from homeroom.tickets.models import Event, Message, Ticket
from tests.cast import NOW, Cast, assemble

CENTRAL = ZoneInfo("America/Chicago")
ZENDESK = """Id,Subject,Description,Requester,Requester email,Group,Status,Priority,Created at,Solved at,Tags
101,Projector dead,"No picture, in 214",Dana Lee,dana.lee@cedarvalley.example,{team},Solved,High,2026-10-05 07:31,2026-10-05 08:10,x
102,,Bus 12 is late,Ana Flores,ana@mail.example,Nobody's group,Open,Normal,2026-10-06 07:02,,
103,,,Charlie,charlie@mail.example,{team},Solved,Low,2026-10-07 09:00,2026-10-07 10:00,
104,Screen,Black again,Dana Lee,dana.lee@cedarvalley.example,{team},Closed,Urgent,yesterday,,
"""


@pytest.fixture
def cast() -> Cast:
    return assemble()


@pytest.fixture
def _held_clock() -> Iterator[None]:
    with clock.at(NOW):
        yield


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


@pytest.mark.django_db(transaction=True)
def test_a_table_of_another_system_is_history(cast: Cast, tmp_path: Path) -> None:
    path = written(tmp_path, "old.csv", ZENDESK.format(team=cast.classroom.name))
    tried = bring_in.bring_in(path, given=Map(), now=NOW, is_dry=True)
    assert (tried.added, tried.is_dry, Ticket.objects.count()) == (2, True, 0)
    brought = bring_in.bring_in(path, given=Map(), now=NOW)
    assert (brought.added, brought.left) == (2, 0)
    assert brought.columns["at"] == "Created at"
    assert "team" in brought.guessed
    assert brought.unread == ("Tags",)
    assert brought.unknown == ("1 × team “Nobody's group”",)
    assert [one.split(": ")[0] for one in brought.refused] == ["old.csv:4", "old.csv:5"]
    first, second = Ticket.objects.order_by("id")
    assert (first.team, first.priority, first.status) == (cast.classroom, 2, "closed")
    assert first.requester == cast.lee
    assert first.opened_at.astimezone(CENTRAL).strftime("%m-%d %H:%M") == "10-05 07:31"
    assert (second.team, second.status, second.resolved_at) == (None, "open", None)
    again = bring_in.bring_in(path, given=Map(), now=NOW)
    assert (again.added, again.left, Ticket.objects.count()) == (0, 2, 2)
    while reactions.drain(now=NOW):
        pass
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_map_says_what_a_guess_would_miss(cast: Cast, tmp_path: Path) -> None:
    path = written(tmp_path, "sheet.csv", "Nr;Wann;Was;Wer\n7;05.10.2026 07:31;Beamer tot;IT\n")
    plan = written(
        tmp_path,
        "map.toml",
        f"""[columns]
id = "Nr"
at = "Wann"
text = "Was"
team = "Wer"
[values.team]
it = "{cast.classroom.source_id}"
[format]
dates = "%d.%m.%Y %H:%M"
timezone = "Europe/Berlin"
""",
    )
    brought = bring_in.bring_in(path, given=columns.read_map(plan), now=NOW)
    assert (brought.added, brought.guessed) == (1, ())
    ticket = Ticket.objects.get()
    assert (ticket.team, ticket.opened_at.isoformat()) == (
        cast.classroom,
        "2026-10-05T05:31:00+00:00",
    )


def test_maps_that_cannot_be_followed_say_why(tmp_path: Path) -> None:
    with pytest.raises(BadMap, match="names colour"):
        columns.read_map(written(tmp_path, "a.toml", '[columns]\ncolour = "x"\n'))
    with pytest.raises(BadMap, match="no time zone"):
        columns.read_map(written(tmp_path, "b.toml", '[format]\ntimezone = "Mars/Olympus"\n'))
    with pytest.raises(BadMap, match="no column Nr"):
        columns.headings(["Number"], Map(columns={"id": "Nr"}))


@pytest.mark.django_db(transaction=True)
def test_lines_of_our_own_form_bring_their_answers(cast: Cast, tmp_path: Path) -> None:
    line = {
        "id": "x1",
        "at": "2026-10-05T07:31:00-05:00",
        "channel": "chat",
        "from": {"email": "ana@mail.example"},
        "text": "the bus did not come",
        "truth": {"service": cast.late_bus.source_id, "resolved_at": "2026-10-05T09:00:00-05:00"},
        "resolution": "A substitute driver was late.",
    }
    path = written(tmp_path, "old.jsonl", json.dumps(line) + "\nnonsense\n")
    brought = bring_in.bring_in(path, given=Map(), now=NOW)
    assert brought.refused == ("old.jsonl:2: this is not a line of JSON.",)
    ticket = Ticket.objects.get()
    assert (ticket.service, ticket.team, ticket.channel) == (cast.late_bus, cast.buses, "chat")
    assert list(Message.objects.order_by("id").values_list("direction", flat=True)) == ["in", "out"]
    kinds = set(Event.objects.values_list("type", flat=True))
    assert {"ticket.opened", "ticket.resolved", "message.sent"} <= kinds


MBOX = """From dana Mon Oct  5 07:31:00 2026
From: Dana Lee <dana.lee@cedarvalley.example>
To: help@cedarvalley.example
Subject: Projector in 214
Message-ID: <a@x.example>
Date: Mon, 05 Oct 2026 07:31:00 -0500

It is dead.
>From here it smells.

From theo Mon Oct  5 08:00:00 2026
From: Theo Ramos <theo.ramos@cedarvalley.example>
To: dana.lee@cedarvalley.example
Subject: Re: Projector in 214
Message-ID: <b@x.example>
In-Reply-To: <a@x.example>
Date: Mon, 05 Oct 2026 08:00:00 -0500

New lamp is in.

From out Mon Oct  5 08:00:01 2026
From: Dana Lee <dana.lee@cedarvalley.example>
To: theo.ramos@cedarvalley.example
Subject: Automatic reply: Re: Projector in 214
Message-ID: <c@x.example>
Auto-Submitted: auto-replied
Date: Mon, 05 Oct 2026 08:00:01 -0500

I am in class.

From nobody Mon Oct  5 09:00:00 2026
From: Charlie <charlie@mail.example>
Subject: When does school start?
Message-ID: <d@x.example>

No date here.
"""


@pytest.mark.django_db(transaction=True)
def test_a_mailbox_becomes_threads(cast: Cast, tmp_path: Path) -> None:
    path = written(tmp_path, "help.mbox", MBOX)
    brought = bring_in.bring_in(path, given=Map(), now=NOW)
    assert brought.added == 1
    assert [one.partition(": ")[0] for one in brought.refused] == ["help.mbox:21", "help.mbox:31"]
    ticket = Ticket.objects.get()
    assert (ticket.requester, ticket.team, ticket.status) == (cast.lee, cast.classroom, "closed")
    first, second = Message.objects.order_by("id")
    assert "From here it smells" in first.text
    assert (second.direction, second.person) == ("out", cast.theo)
    assert bring_in.bring_in(path, given=Map(), now=NOW).added == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_held_clock")
def test_what_was_brought_in_teaches(cast: Cast, tmp_path: Path) -> None:
    rows = "".join(
        f'{n},2026-10-0{1 + n % 8} 08:0{n % 10},{text},"{service}"\n'
        for n in range(24)
        for text, service in [
            (f"no picture from the projector in {n}", cast.projectors.name)
            if n % 2
            else (f"bus {n} is late", cast.late_bus.name)
        ]
    )
    path = written(tmp_path, "old.csv", f"Ticket ID,Created,Description,Category\n{rows}")
    assert bring_in.bring_in(path, given=Map(), now=NOW).added == 24
    lesson = learn.from_install(now=NOW)
    assert (lesson.labels, lesson.decisions) == (24, 24)
    assert vectors.fill() == 0


@given(st.text(max_size=40))
def test_any_cell_is_a_time_or_says_it_is_none(text: str) -> None:
    try:
        found = columns.moment(text, Map(), zone=CENTRAL)
    except BadRow:
        return
    assert found is None or found.tzinfo is not None
