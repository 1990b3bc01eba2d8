"""Sample contexts for every template, and the addresses that the templates name.

What a view hands to a template is described at the top of that template; here it is filled in
with the cast that the whole project uses.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils.safestring import mark_safe


def _page(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()


def _room(name: str, pages: dict[str, str]) -> tuple[list[Any], str]:
    return [path(address, _page, name=page) for page, address in pages.items()], name


PORTAL = {"home": "", "find": "find/", "privacy": "privacy/", "suggest": "answers/",
          "needs": "needs/"}  # fmt: skip
DESK = {
    "index": "",
    "search": "search/",
    "hallway": "write-it-down/",
    "problems": "problems/",
}
OFFICE = {"today": "", "answers": "answers/"}
SETUP = {
    "index": "",
    "people": "people/",
    "teams": "teams/",
    "services": "services/",
    "articles": "articles/",
    "sources": "sources/",
    "replies": "replies/",
    "rules": "rules/",
    "sureness": "how-sure/",
    "channels": "channels/",
    "held": "held/",
    "tokens": "tokens/",
    "on-call": "on-call/",
}
ACCOUNT = {
    "account_login": "sign-in/",
    "account_logout": "sign-out/",
    "account_reset_password": "password/",
    "account_change_password": "password/change/",
}
urlpatterns = [
    path("desk/", include(_room("desk", DESK))),
    path("office/", include(_room("office", OFFICE))),
    path("setup/", include(_room("setup", SETUP))),
    *[path(address, _page, name=page) for page, address in ACCOUNT.items()],
    path("", include(_room("portal", PORTAL))),
]

DISTRICT = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 24, 9, 41, tzinfo=DISTRICT)  # a Tuesday
LATER = timedelta(minutes=1)


def _at(hour: int, minute: int, days: int = 0) -> datetime:
    return datetime(2026, 11, 24, hour, minute, tzinfo=DISTRICT) + timedelta(days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One template with one context."""

    name: str
    template: str
    language: str = "en"
    context: dict[str, Any] = field(default_factory=dict)


EVERYWHERE: dict[str, Any] = {
    "now": NOW,
    "csrf_token": "the-gallery-has-no-session",
    "district": {
        "name": "Cedar Valley Schools",
        "phone": "(555) 555-0100",
        "phone_href": "+15555550100",
        "hours": "School days, 7 AM to 5 PM",
        "email": "help@cedarvalley.example",
    },
}
TONGUES = (
    ("en", "English", "ltr"),
    ("es", "Español", "ltr"),
    ("ar", "العربية", "rtl"),
    ("zh", "中文", "ltr"),
    ("vi", "Tiếng Việt", "ltr"),
    ("so", "Soomaali", "ltr"),
)


def _screen(name: str, template: str, language: str = "en", **context: Any) -> Screen:
    tongues = [
        {
            "code": code,
            "name": word,
            "dir": way,
            "url": f"?lang={code}",
            "current": code == language,
        }
        for code, word, way in TONGUES
    ]
    whole = EVERYWHERE | {"tongues": tongues} | context
    return Screen(name=name, template=template, language=language, context=whole)


def screens() -> Iterator[Screen]:
    """Yield every screen once, pages of the portal first."""
    yield from _portal()
    yield from _closed_doors()
    yield from _desk()
    yield from _office()
    yield from _answers()
    yield from _setup()
    yield from _articles()
    yield from _account()


NOTICE = {
    "icon": "wifi",
    "title": "Wi-Fi is down at Lincoln High.",
    "text": "",
    "since": _at(8, 10),
    "next_by": _at(9, 50),
    "url": "/problems/wifi/",
}
COMMON = [
    {"icon": "bus", "word": "The bus is late", "url": "/?about=bus"},
    {"icon": "key", "word": "I forgot a password", "url": "/?about=password"},
    {"icon": "laptop", "word": "A Chromebook is broken", "url": "/?about=chromebook"},
    {"icon": "calendar", "word": "My child is out today", "url": "/?about=absence"},
    {"icon": "lunch", "word": "Lunch account", "url": "/?about=lunch"},
    {"icon": "tool", "word": "Something in a room broke", "url": "/?about=room"},
]
BUS = {
    "reference": "BUS-7KQ4",
    "subject": "Bus 42 has not come to Pine and 6th",
    "team": "Transportation",
    "owner": "Ana Whitfield",
    "got_at": _at(7, 22),
    "sent_at": _at(7, 22),
    "team_at": _at(7, 23),
    "working_at": _at(7, 26),
    "done_at": None,
    "due": _at(9, 55),
    "next_by": _at(9, 55),
    "step": 3,
    "closed": False,
    "others": 14,
    "waiting_for_you": False,
    "status_url": "/r/BUS-7KQ4/",
    "text": "42 hasn't come, we have been at Pine and 6th since seven ten",
    "lang": "en",
    "reach": "(555) 555-0147",
    "sent_by": "text",
    "reachable": True,
}
ANSWER = {
    "text": "Bus 42 stops at Pine and 6th at 7:12 AM on school days, and at 3:41 PM going home.",
    "lang": "en",
    "sources": [
        {
            "title": "Bus routes 2026-27, route 42",
            "url": "/articles/routes/",
            "quote": "Pine St & 6th Ave: 7:12 a.m., 3:41 p.m.",
            "from_whom": "Transportation",
            "checked": _at(9, 0, days=-21),
        }
    ],
}
BUS_THREAD = [
    {"kind": "in", "mine": True, "who": "Ana Flores", "by": "text", "at": _at(7, 22), "lang": "es",
     "text": "El 42 no ha llegado, estamos en Pine y 6th desde las siete y diez",
     "files": [{"name": "parada.jpg", "url": "/files/1/", "size": "240 KB"}]},
    {"kind": "event", "icon": "transfer", "at": _at(7, 23),
     "text": "Went to Transportation, because you wrote about a bus on route 42."},
    {"kind": "out", "who": "Ana Whitfield", "by": "text", "at": _at(7, 28), "lang": "es",
     "text": "Buenos días. El conductor está detenido por un tren en Mill Road.\n\nVuelvo a "
     "escribir antes de las 7:45.",
     "original": "Good morning. The driver is held up by a train at Mill Road.\n\nI will write "
     "again by 7:45.", "original_lang": "en"},
]  # fmt: skip
FACTS = [
    {"label": "Where", "value": "Stop at Pine and 6th, route 42", "source": "From your words."},
    {"label": "Best way to reach you", "value": "(555) 555-0147, text", "source": ""},
]


def _portal() -> Iterator[Screen]:
    home: dict[str, Any] = {"values": {}, "stamp": "1kP:x", "common": COMMON, "errors": {}}
    yield _screen("portal-home", "portal/home.html", **home | {"notices": [NOTICE]})
    yield _screen("portal-home-es", "portal/home.html", "es", **home)
    yield _screen("portal-home-ar", "portal/home.html", "ar", **home | {"notices": [NOTICE]})
    yield _screen(
        "portal-home-error",
        "portal/home.html",
        **home
        | {
            "values": {"need": "call me", "reach": "555-01", "name": ""},
            "errors": {"reach": "Write a phone number with 10 digits, like (555) 555-0147."},
        },
    )
    receipt = {"ticket": BUS, "facts": FACTS, "more_url": "/r/BUS-7KQ4/"}
    question = {"text": "Is any child waiting alone at the stop?"}
    yield _screen("portal-receipt", "portal/receipt.html", **receipt, question=question)
    unsorted = BUS | {"team": "", "due": None, "sent_by": "", "status_url": ""}
    yield _screen("portal-receipt-unsorted", "portal/receipt.html", ticket=unsorted, more_url="/")
    yield _screen("portal-receipt-answer", "portal/receipt.html", **receipt, answer=ANSWER)
    yield _screen("portal-status", "portal/status.html", ticket=BUS, thread=BUS_THREAD)
    done = BUS | {"step": 4, "done_at": _at(7, 44), "others": 0}
    yield _screen(
        "portal-status-done", "portal/status.html", ticket=done, thread=BUS_THREAD, saved="message"
    )
    new = BUS | {"step": 1, "team": "", "team_at": None, "working_at": None, "owner": ""}
    yield _screen(
        "portal-status-new",
        "portal/status.html",
        ticket=new | {"waiting_for_you": True},
        thread=BUS_THREAD[:1],
        errors={"text": "Write a few words, or add a photo."},
    )
    yield _screen("portal-find", "portal/find.html", values={}, stamp="1kP:x")
    yield _screen("portal-link-sent", "portal/link_sent.html", minutes=15)
    yield _screen("portal-confirm", "portal/confirm.html", state="ready", reach="a…@flores.example")
    yield _screen("portal-confirm-used", "portal/confirm.html", state="used")
    rows = [
        {"url": "/r/BUS-7KQ4/", "reference": "BUS-7KQ4", "subject": BUS["subject"],
         "at": _at(7, 22), "state": "working", "team": "Transportation"},
        {"url": "/r/LUN-2PX8/", "reference": "LUN-2PX8", "subject": "Sam's lunch account",
         "at": _at(12, 5, days=-1), "state": "waiting", "team": "Nutrition"},
        {"url": "/r/TEC-9AA3/", "reference": "TEC-9AA3", "subject": "Cannot sign in to see grades",
         "at": _at(18, 40, days=-12), "state": "done", "team": "Technology"},
    ]  # fmt: skip
    yield _screen("portal-mine", "portal/mine.html", rows=rows, older_url="?before=12")
    yield _screen("portal-mine-empty", "portal/mine.html", rows=[])
    yield from _crisis()
    yield _screen("portal-wait", "portal/wait.html", next_url="/wait/")
    kept = [
        {"what": "What you write to us", "why": "To help you", "how_long": "3 years"},
        {"what": "Your phone or email", "why": "To write back", "how_long": "3 years"},
        {"what": "Voice messages", "why": "To write down what you said", "how_long": "30 days"},
    ]
    officer = {"name": "Dr. Ortiz", "email": "privacy@cedarvalley.example", "phone": ""}
    article = {"title": "Meal prices", "language": "en", "reviewed_on": _at(9, 0).date()}
    pieces = [{"kind": "text", "text": "Lunch costs $2.75 in elementary schools."}]
    blocks = [{"heading": "", "pieces": pieces},
              {"heading": "How to pay", "pieces": [{"kind": "item", "text": "In MealTrack"}]}]  # fmt: skip
    yield _screen("portal-article", "portal/article.html", article=article, blocks=blocks,
                  from_whom="Nutrition")  # fmt: skip
    source = {"title": "Meal prices", "url": "/articles/meals/", "from_whom": "Nutrition",
              "checked": _at(9, 0).date()}  # fmt: skip
    yield _screen("portal-home-answer", "portal/home.html", values={"need": "lunch price?"},
                  answer={"text": pieces[0]["text"], "lang": "en", "source": source,
                          "article": "meals"},
                  way={"url": "/needs/nut.meal/", "word": "Lunch account"})  # fmt: skip
    yield from _guided()
    yield _screen("portal-privacy", "portal/privacy.html", kept=kept, outside=[], officer=officer)


def _guided() -> Iterator[Screen]:
    yield _screen("portal-needs", "portal/needs.html", ways=COMMON, searched=False)
    yield _screen("portal-needs-found", "portal/needs.html", "es", ways=COMMON, found=COMMON[:2],
                  searched=True, need="el camión no llega")  # fmt: skip
    fields = [
        _field("about-route", "Which bus is it? The route number is enough.", required=True),
        _field("about-student", "Which student is this about?", "select",
               options=[{"value": one, "word": one, "chosen": False} for one in ("", "Sam Flores")]),
        _field("about-words", "Anything else we should know?", "textarea",
               hint="You can leave this out."),
        _field("about-date", "Which day is this about?", "date", value="2026-11-24"),
    ]  # fmt: skip
    bus: dict[str, Any] = {"word": COMMON[0]["word"], "fields": fields, "url": "/needs/bus/"}
    yield _screen("portal-need", "portal/need.html", **bus, values={}, asks_reach=True)
    wrong = {"about-route": "Please fill this in."}
    bad = [fields[0] | {"id": "about-route", "error": wrong["about-route"]}, *fields[1:]]
    yield _screen("portal-need-error", "portal/need.html", **bus | {"fields": bad},
                  values={}, errors=wrong, known=["Sam Flores", "Lincoln High"])  # fmt: skip


def _crisis() -> Iterator[Screen]:
    ticket = BUS | {
        "text": "my friend says she doesnt want to be here anymore and i dont know what to do",
        "got_at": NOW - LATER,
    }
    person = {
        "name": "Ms. Adeyemi", "role": "counselor at Lincoln High", "place": "room 118",
        "phone": "(555) 555-0118", "phone_href": "+15555550118", "until": _at(16, 0),
    }  # fmt: skip
    crisis = {
        "ticket": ticket,
        "team": "the district's safety team",
        "values": {},
        "person": person,
    }
    crisis |= {"more_url": "/", "leave_url": "https://weather.example/"}
    at_once = ["talk", "emergency"]
    yield _screen("portal-crisis", "portal/crisis.html", **crisis, helps=at_once, within=15)
    crisis |= {"person": None, "within": None}
    for kind, named in (
        ("late", at_once), ("abuse", ["childhelp", "emergency"]), ("privacy", []),
        ("hazard", ["leave", "emergency"]),
    ):  # fmt: skip
        yield _screen(f"portal-crisis-{kind}", "portal/crisis.html", **crisis, helps=named)


def _closed_doors() -> Iterator[Screen]:
    for state in ("gone", "answered", "slow", "off", "stopped"):
        yield _screen(f"portal-closed-{state}", "portal/closed.html", state=state)
    for code in ("400", "403", "403_csrf", "404", "500"):
        yield Screen(name=f"error-{code}", template=f"{code}.html")
    yield Screen(name="error-429", template="429.html", context={"minutes": 3})


VIEWER = {"name": "Theo Ramos", "office": True, "setup": True}
QUEUES = [
    {"name": "Mine", "items": [
        {"name": "My requests", "icon": "person", "count": 7, "url": "?q=mine"},
        {"name": "Due today", "icon": "clock", "count": 3, "url": "?q=due"},
        {"name": "Waiting", "icon": "moon", "count": 2, "url": "?q=waiting"},
    ]},
    {"name": "Classroom IT", "items": [
        {"name": "All open", "icon": "people", "count": 24, "url": "?q=team"},
        {"name": "No owner yet", "icon": "inbox", "count": 5, "url": "?q=unowned"},
        {"name": "Asker to answer", "icon": "chat", "count": 6, "url": "?q=asker"},
    ]},
    {"name": "Everyone", "items": [
        {"name": "Needs a look", "icon": "eye", "count": 4, "url": "?q=look", "current": True},
        {"name": "Known problems", "icon": "alert", "count": 2, "url": "/desk/problems/"},
        {"name": "Held mail", "icon": "lock", "count": 4, "url": "/setup/held/"},
    ]},
]  # fmt: skip
ROWS = [
    {"url": "/desk/TEC-4M9X/", "current": True, "unread": True, "who": "Ms. Dana Lee",
     "about": "Lincoln High", "at": _at(9, 38),
     "said": "Projector in 214 is dead again, 3rd period starts in 10 minutes",
     "tags": [{"icon": "clock", "word": "Reply by 9:50", "tone": "alarm"},
              {"icon": "mail", "word": "Email", "tone": ""}]},
    {"url": "/desk/TEC-3B7N/", "unread": True, "who": "Ana Flores", "about": "Family",
     "at": _at(9, 31), "lang": "es",
     "said": "No puedo entrar al portal para ver las calificaciones. Dice que mi correo no existe.",
     "tags": [{"icon": "globe", "word": "Español", "tone": "wait"},
              {"icon": "chat", "word": "Text", "tone": ""}]},
    {"url": "/desk/TEC-8C2D/", "who": "Sam Flores", "about": "Student, grade 10", "at": _at(9, 24),
     "said": "screen is cracked in the corner it still turns on but i cant see the left side",
     "tags": [{"icon": "laptop", "word": "0048817", "tone": ""}]},
    {"url": "/desk/HLP-5E5E/", "who": "Charlie", "about": "Not known", "at": _at(16, 5, days=-1),
     "said": "call me", "tags": [{"icon": "chat", "word": "Asked back once", "tone": "wait"}]},
]  # fmt: skip
PROJECTOR: dict[str, Any] = {
    "url": "/desk/TEC-4M9X/", "reference": "TEC-4M9X", "status": "New", "seen": 4,
    "subject": "Projector in 214 is dead again", "asker": "Ms. Lee", "reply_by": "email",
    "reading": "Priya Kaur", "priority": 1, "done": False,
    "tags": [{"icon": "alert", "word": "Priority 1", "tone": "alarm"},
             {"icon": "clock", "word": "Reply by 9:50", "tone": "alarm"}],
    "thread": [
        {"kind": "in", "who": "Ms. Dana Lee", "by": "email", "at": _at(9, 38),
         "text": "Projector in 214 is dead again, 3rd period starts in 10 minutes. Same thing as "
         "last week, it blinks twice and goes off.", "frame_url": "/desk-mail-frame.html"},
        {"kind": "event", "icon": "check", "at": _at(9, 38),
         "text": "Receipt sent to Ms. Lee: “We got it. A person will write by 9:50.”"},
        {"kind": "note", "who": "Priya Kaur", "at": _at(9, 40),
         "text": "Third lamp since September. There is a loaner cart in the library."},
    ],
    "route": {
        "question": "Send to Classroom IT?", "sure": 93,
        "why": ["“Projector” and “214” fit Projector, display or sound in a classroom.",
                "“Starts in 10 minutes” makes it priority 1.",
                "Classroom IT fixed this projector on Nov 12 and Nov 18."],
        "choices": [
            {"value": "classroom-it", "word": "Classroom IT", "sure": 93, "why": ""},
            {"value": "electrical", "word": "Electrical, Facilities", "sure": 4,
             "why": "Power blip in B wing today."},
            {"value": "network", "word": "Network", "sure": 2,
             "why": "Wi-Fi is down at Lincoln High."},
        ],
    },
    "problem": {"value": "power", "title": "Part of “Power blip, B wing”?",
                "text": "6 requests since 8:52 came from rooms near 214."},
    "facts": [
        {"label": "Who", "value": "Dana Lee, science teacher",
         "source": "From the roster. Email checked."},
        {"label": "School", "value": "Lincoln High", "source": "From the roster."},
        {"label": "Room", "value": "214, B wing", "source": "From her message, found in places."},
        {"label": "Device", "value": "Projector PJ-0214, 6 years old",
         "source": "From assets: the one in room 214."},
        {"label": "Language", "value": "English", "source": "From her message."},
    ],
    "before": [
        {"url": "/desk/TEC-2A/", "subject": "Blinks and goes off",
         "text": "Nov 18. New lamp. 2 hand-offs."},
        {"url": "/desk/TEC-1A/", "subject": "No picture in 214",
         "text": "Nov 12. Cable. 2 hand-offs."},
    ],
    "people": [{"value": "theo", "name": "Theo Ramos", "note": "7 open"},
               {"value": "priya", "name": "Priya Kaur", "note": "4 open"}],
    "teams": [{"value": "network", "name": "Network, Technology"},
              {"value": "electrical", "name": "Electrical, Facilities"}],
    "waits": [{"value": "asker", "word": "The asker answers"},
              {"value": "tomorrow", "word": "Tomorrow, 8:00 AM"}],
    "alike": [{"value": "TEC-9Z", "subject": "No picture in 216", "text": "Mr. Diaz, 9:20 AM"}],
}  # fmt: skip


# A piece of the page of a request: desk/helps.html.
HELPS = {
    "passages": [
        {"value": "passage:4", "title": "Projectors", "url": "/articles/projectors/", "key": "5",
         "text": "Two blinks mean that the lamp is old.", "from_whom": "Technology",
         "is_sure": True, "may_send": True},
        {"value": "passage:9", "title": "Lamps in stock", "url": "/articles/lamps/", "key": "",
         "text": "Six lamps lie in room 12.", "from_whom": "Technology", "is_sure": False,
         "may_send": False},
    ],
    "replies": [{"value": "saved:1", "title": "On my way", "lang": "en", "key": "6",
                 "text": "I am on my way."}],
}  # fmt: skip


def _staff(name: str, template: str, language: str = "en", **context: Any) -> Screen:
    return _screen(name, template, language, **{"viewer": VIEWER} | context)


def _desk() -> Iterator[Screen]:
    desk: dict[str, Any] = {
        "queues": QUEUES, "rows": ROWS, "older_url": "?before=8", "query": "",
        "queue": {"name": "Needs a look", "order": "most urgent first", "count": 4, "url": "/desk/"},
        "queues_url": "?pane=queues", "list_url": "/desk/", "values": {},
    }  # fmt: skip
    undo = {"text": "Sent to Network.", "undo_url": "/desk/TEC-4M9X/", "undo": "undo"}
    page = "desk/index.html"
    yield _staff("desk-talk", page, **desk, pane="talk", ticket=PROJECTOR)
    yield _staff("desk-talk-ar", page, "ar", **desk, pane="talk", ticket=PROJECTOR)
    yield _staff("desk-talk-helps", page, **desk, pane="talk", ticket=PROJECTOR, helps=HELPS)
    yield _staff("desk-list", page, **desk, pane="list", ticket=None, toast=undo)
    rings = {"is_test": False, "kind": "Self-harm", "place": "Lincoln High", "at": _at(9, 36),
             "url": "/desk/TEC-4M9X/", "is_here": False}  # fmt: skip
    others = [
        rings,
        rings | {"kind": "Hazard", "place": ""},
        rings | {"is_test": True, "is_here": True},
    ]
    yield _staff("desk-alarm-list", page, **desk, pane="list", ticket=None,
                 alarms={"rows": others, "n_more": 2})  # fmt: skip
    yield _staff("desk-alarm-talk", page, **desk, pane="talk", ticket=PROJECTOR,
                 alarms={"rows": [rings | {"is_here": True}], "n_more": 0})  # fmt: skip
    yield _staff("desk-queues", page, **desk, pane="queues", ticket=None)
    empty = desk | {"rows": [], "older_url": "", "queue": desk["queue"] | {"count": 0}}
    yield _staff("desk-empty", page, **empty, pane="list", ticket=None)
    crossed = "Priya wrote to Ms. Lee while you were typing. Read it first, then send again."
    done = PROJECTOR | {
        "done": True, "status": "Done", "route": None, "problem": None, "reading": "", "tags": [],
    }  # fmt: skip
    yield _staff(
        "desk-talk-error", page, **desk | {"values": {"reply": "I am on my way."}},
        pane="talk", ticket=done, errors={"reply": crossed},
    )  # fmt: skip
    silent = done | {"reply_by": ""}
    yield _staff("desk-talk-silent", page, **desk, pane="talk", ticket=silent)
    yield _staff("desk-hallway", "desk/hallway.html", values={})
    heard = [
        {"icon": "person", "word": "Mr. Luis Diaz"},
        {"icon": "pin", "word": "Lincoln High, 214"},
        {"icon": "tool", "word": "Projector, display or sound"},
        {"icon": "people", "word": "Classroom IT"},
    ]
    again = {"line": "", "when": "morning", "done": True}
    yield _staff(
        "desk-hallway-saved", "desk/hallway.html", values=again, heard=heard, change_url="/desk/X/"
    )
    search = {"query": "projector", "count": 4, "rows": ROWS, "older_url": "?before=8"}
    yield _staff("desk-search", "desk/search.html", **search)
    yield _staff("desk-search-none", "desk/search.html", query="xyzzy", count=0, rows=[])
    yield from _problems()
    html = mark_safe("<h1>Hello</h1><p>The <b>projector</b> is dead.</p>")
    yield Screen(name="desk-mail-frame", template="desk/mail_frame.html", context={"html": html})


def _problems() -> Iterator[Screen]:
    wifi: dict[str, Any] = {
        "url": "/desk/problems/WIFI-3T8W/", "reference": "WIFI-3T8W", "since": _at(8, 10),
        "title": "Wi-Fi is down at Lincoln High", "lead": "Sam Boyd", "team": "Network",
        "next_by": _at(9, 50), "fixed": False, "shown": True,
        "requests": 23, "people": 21, "ways": 5, "languages": 3,
    }  # fmt: skip
    both = [wifi, wifi | {"url": "/desk/problems/BUS/", "fixed": True, "title": "Route 42 is late"}]
    yield _staff("desk-problems", "desk/problems.html", problems=both)
    yield _staff("desk-problems-none", "desk/problems.html", problems=[])
    yield _staff(
        "desk-problem", "desk/problem.html", problem=wifi, values={"words": "", "by": "10:15"},
        preview=[{"name": "Español", "lang": "es", "machine": True,
                  "text": "Un equipo del ala B se quedó sin corriente."}],
        places=[{"name": "B wing", "count": 15, "text": "Rooms 201 to 218."}],
        events=[{"icon": "inbox", "title": "First word", "at": _at(8, 10), "who": "",
                 "text": "“nothing loads on any chromebook”"}],
        rows=[{"value": "TEC-1", "url": "/desk/TEC-1/", "who": "Ms. Dana Lee",
               "where": "Room 214", "how": "Chat", "at": _at(8, 10)}],
    )  # fmt: skip


def _chart(key: str, title: str, what: str, sentence: str, rows: list[tuple[str, int, int]]) -> Any:
    most = max(max(now, was) for _, now, was in rows)
    return {
        "id": key, "title": title, "what": what, "unit": "Requests", "sentence": sentence,
        "csv_url": "/office/numbers.csv",
        "rows": [
            {"name": name, "url": f"/office/{key}/{name}/", "text": str(now), "was_text": str(was),
             "share": now * 100 // most, "was_share": was * 100 // most}
            for name, now, was in rows
        ] + [{"name": "All others", "url": "", "text": "fewer than 5", "share": 0,
              "was_text": "7", "was_share": None}],
    }  # fmt: skip


def _office() -> Iterator[Screen]:
    departments = [("Transportation", 96, 71), ("Technology", 92, 104), ("Enrollment", 78, 80)]
    schools = [("Lincoln High", 88, 61), ("Eastside Elementary", 41, 44)]
    cells = [{"count": None, "heat": 0}, {"count": 14, "heat": 3}, {"count": 5, "heat": 2}]
    yield _staff(
        "office-today", "office/today.html", title="Today on one page", period="Tuesday, Nov 24",
        reader="Dr. Ortiz", csv_url="/office/today.csv",
        periods=[{"word": "Today", "url": "?p=day", "current": True}, {"word": "Week", "url": "?p=week"}],
        decisions=[
            {"title": "Replace the projector in Lincoln High 214?",
             "text": "4 requests in 30 days, 2 hand-offs each.",
             "suggestion": "yes, from the repair budget. A new lamp has not helped.",
             "url": "/office/214/", "link": "4 requests"},
            {"title": "Who writes the page on early release days?",
             "text": "Asked 41 times in two weeks. No page answers it.", "suggestion": "",
             "url": "/office/early/", "link": "41 questions"},
        ],
        figures=[
            {"value": "512", "text": "requests. 21 more than the week before.", "url": "/office/all/"},
            {"value": "38%", "text": "closed by an answer with its source.", "url": "/office/answered/"},
            {"value": "41 min", "text": "to a first human reply, at the middle.", "url": ""},
            {"value": "91%", "text": "of promises kept. 46 were late.", "url": "/office/late/"},
        ],
        charts=[
            _chart("departments", "By department", "Department",
                   "Bus questions rose by a third. Route 42 explains most of it.", departments),
            _chart("schools", "By school", "School",
                   "Lincoln High asked a third more than last week.", schools),
        ],
        handoffs={"sentence": "Most bounces are between Technology and Finance.",
                  "short": ["Tech", "Finance", "Facil."],
                  "rows": [{"name": "Technology", "cells": cells}],
                  "note": "83 hand-offs. Framed: 10 or more."},
        findings=[{"icon": "bus", "title": "Route 42 late.", "text": "3 mornings, 37 families.",
                   "url": "/office/route-42/", "link": "See them"}],
    )  # fmt: skip
    row = {"reference": "TEC-4M9X", "url": "/desk/TEC-4M9X/", "subject": "Projector in 214 is dead",
           "where": "Lincoln High, 214", "team": "Classroom IT", "at": _at(9, 38), "state": "New"}  # fmt: skip
    rows = [row | {"kept": None}, row | {"kept": True, "url": ""}, row | {"kept": False}]
    drill = {"title": "Technology, today", "sentence": "92 requests.", "back_url": "/office/"}
    yield _staff("office-drill", "office/drill.html", **drill, rows=rows, older_url="?before=1")
    yield _staff("office-drill-few", "office/drill.html", **drill, few=True)


def _answers() -> Iterator[Screen]:
    row = {"name": "Bus late or missed", "given": 41, "counts": [12, 4, 3, 9, 7, 6],
           "share": "34 %", "known": 35}  # fmt: skip
    gap = {"id": 1, "icon": "chat", "title": "Asked 14 times, and no article answers it",
           "text": "Bus late or missed: 14 of 96 requests in two months.",
           "examples": ["When does school end on early release days?"], "edit_url": ""}  # fmt: skip
    first = {"id": 7, "question": "How much is lunch?", "question_lang": "en", "lang": "en",
             "text": "Lunch costs $2.75.", "at": _at(9, 38), "reference": "TEC-4M9X",
             "url": "/desk/TEC-4M9X/", "source": {"title": "Meal prices", "url": "/articles/m/"}}  # fmt: skip
    spans = [{"word": "30 days", "url": "?days=30", "current": True}]
    figures = [
        {"value": "34 %", "text": "of the 35 whose five school days are over helped.", "url": ""}
    ]
    tables = [{"id": "services", "title": "By service", "what": "Service", "rows": [row], "more": 2},
              {"id": "articles", "title": "By article", "what": "Article", "rows": [], "more": 0}]  # fmt: skip
    yield _staff("office-answers", "office/answers.html", url="/office/answers/", spans=spans,
                 figures=figures, audit=["1 waits for you."], first=first,
                 gaps=[gap, gap | {"id": 2, "icon": "flag", "examples": [], "edit_url": "/setup/articles/1/"}],
                 heads=["Helped", "Said no", "Came back", "A person too", "No word", "Too soon"],
                 tables=tables)  # fmt: skip
    yield _staff("office-answers-none", "office/answers.html", url="/office/answers/", spans=spans,
                 figures=figures, audit=[], first=None, gaps=[], heads=[], tables=[])  # fmt: skip


def _field(name: str, label: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    return {
        "id": f"{name}-{label.split(maxsplit=1)[0].lower()}",
        "name": name,
        "label": label,
        "kind": kind,
    } | more


def _form(title: str, *fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    form = {"title": title, "url": "/setup/", "do": "save", "button": "Save it", "fields": fields}
    return form | more


OPTIONS = [
    {"value": "it", "word": "Classroom IT", "chosen": True},
    {"value": "net", "word": "Network"},
]


def _setup() -> Iterator[Screen]:
    good = {"icon": "check", "word": "Working", "tone": "good"}
    bad = {"icon": "alert", "word": "In trouble", "tone": "alarm"}
    steps = [{"icon": "people", "title": "People", "text": "8,412 people from the roster of today.",
              "url": "/setup/people/", "link": "See people", "state": good}]  # fmt: skip
    warnings = [{"title": "No one is on call for safety.", "text": "Messages about danger wait for "
                 "office hours.", "url": "/setup/teams/"}]  # fmt: skip
    change = _form("Change", _field("hours", "Hours"), remove="Take off the list")
    placed = {"name": "Dr. Elena Ortiz", "hours": "Mon-Fri 07:00-17:00", "form": change}
    unreached = {"name": "Ms. Dana Lee", "hours": "", "is_away": True, "form": None}
    yield _staff(
        "setup-oncall", "setup/oncall.html", page="on-call", is_empty=True, url="/setup/on-call/",
        now_called="An alarm now would first call: elena.ortiz@cedarvalley.example.",
        test="Last test: today, 9:30 AM, 2 emails. Dr. Elena Ortiz heard it today, 9:31 AM.",
        levels=[{"title": "First, at once", "people": [placed, unreached]},
                {"title": "Next, after 5 minutes", "people": []}],
        add=_form("Add somebody", _field("email", "Email", "email")),
    )  # fmt: skip
    yield _staff("setup-index", "setup/index.html", page="index", steps=steps, warnings=warnings,
                 version="0.1.0", held_count=2)  # fmt: skip
    done = [{"word": word, "done": word != "Answered back"}
            for word in ("Sent", "Came in", "Understood", "Answered back")]  # fmt: skip
    channels = [
        {"id": "email", "icon": "mail", "name": "Email", "address": "help@cedarvalley.example",
         "state": good, "last": _at(9, 38), "today": 168, "trail": done, "can_test": True,
         "tested": "Last test today, 6:30 AM: all four steps in 4 seconds.",
         "form": _form("Change it", _field("address", "Address", "email", value="help@x.example"))},
        {"id": "sms", "icon": "chat", "name": "Text", "address": "(555) 555-0100", "state": bad,
         "last": _at(7, 30), "today": 94, "can_test": True, "fix_url": "/setup/channels/sms/",
         "trouble": "The carrier says our sign-in has run out. Texts are safe there for 3 days."},
        {"id": "walkup", "icon": "walk", "name": "Hallway notes", "address": "", "last": None,
         "state": {"icon": "off", "word": "Off", "tone": ""}, "today": 0},
    ]  # fmt: skip
    yield _staff("setup-channels", "setup/channels.html", page="channels", channels=channels,
                 add=_form("Add a channel", _field("kind", "Kind", "select", options=OPTIONS)))  # fmt: skip
    held = [
        {"id": 1, "state": "held", "from": "billing@vendor.example", "subject": "Invoice 4411",
         "at": _at(8, 2), "reason": "Looks like an advertisement, but a parent is named in it.",
         "size": "240 KB", "raw_url": "/setup/held/1/raw/"},
        {"id": 2, "state": "quarantined", "from": "(unknown)", "subject": "", "at": _at(3, 7),
         "reason": "1,000 parts inside each other. We stopped at 100.", "size": "4 MB",
         "raw_url": "/setup/held/2/raw/"},
    ]  # fmt: skip
    counts = {"came": 61, "filed": 57, "ignored": 2, "held": 1, "quarantined": 1}
    yield _staff("setup-held", "setup/held.html", page="held", rows=held, counts=counts)
    yield _staff("setup-held-empty", "setup/held.html", page="held", rows=[])
    people = [
        {"name": "Ana Flores", "roles": "Guardian of Sam Flores", "signs_in": "",
         "reach": [{"address": "(555) 555-0147", "verified": True}],
         "form": _form("Change", _field("name", "Name", value="Ana Flores"))},
        {"name": "Ms. Dana Lee", "roles": "Science teacher, Lincoln High", "signs_in": "Staff",
         "reach": [{"address": "dlee@cedarvalley.example", "verified": True},
                   {"address": "dana@home.example", "verified": False}],
         "form": _form("Change", _field("name", "Full name", value="Dana Lee"))},
    ]  # fmt: skip
    imported = {"at": _at(2, 0), "added": 12, "changed": 40, "left": 3, "refused": 1,
                "refusals": [{"where": "users.csv:212", "why": "There is no family name."}]}  # fmt: skip
    yield _staff("setup-people", "setup/people.html", page="people", rows=people, query="",
                 imported=imported, upload=True, older_url="?after=Lee")  # fmt: skip
    members = _field("members", "Members", "many", options=OPTIONS, hint="Who gets its requests.")
    team = {"name": "Classroom IT", "email": "it@cedarvalley.example", "hours": "7 AM to 4 PM",
            "members": ["Theo Ramos", "Priya Kaur"], "open": 24,
            "form": _form("Change", _field("name", "Team", value="Classroom IT"), members,
                          open=True, remove="Close this team")}  # fmt: skip
    none = team | {"name": "Network", "members": [], "open": 1, "form": None}
    departments = [{"name": "Technology", "teams": [team, none]}]
    yield _staff("setup-teams", "setup/teams.html", page="teams", departments=departments)
    wrong = _field("hours", "Answer within", "number", error="Write a number of hours, like 4.",
                   value="0", hint="Working hours.")  # fmt: skip
    services = [
        {"name": "Projector, display or sound in a classroom", "team": "Classroom IT",
         "audiences": "staff", "sensitivity": None, "promise": "Reply in 1 hour", "prose": [],
         "form": _form("Change", wrong, _field("note", "Words", "textarea", value=""), open=True)},
        {"name": "Counselor", "team": "Student services", "audiences": "students, families",
         "sensitivity": {"icon": "lock", "word": "Private", "tone": "sun"}, "promise": "",
         "prose": ["Raise it when the child is under 8."], "form": None},
    ]  # fmt: skip
    yield _staff("setup-services", "setup/services.html", page="services", services=services,
                 errors={"hours-answer": "Write a number of hours, like 4."}, query="")  # fmt: skip
    rules = [{"sentence": "If it is about a projector at Lincoln High, send it to Classroom IT.",
              "by": "Dana Lee, Nov 3.", "effect": "Moved 14 of 310 requests last month.", "on": True,
              "form": _form("Change", _field("x", "Words", value="projector"))},
             {"sentence": "If it is from the board, make it priority 2.", "by": "", "effect": "",
              "on": False, "form": None}]  # fmt: skip
    tried = {"sentence": "It would have moved 1 of 310 requests last month.",
             "rows": [{"reference": "TEC-9AA3", "url": "/desk/TEC-9AA3/", "subject": "No picture",
                       "from_team": "Electrical", "to_team": "Classroom IT"}]}  # fmt: skip
    add = _form(
        "A new rule",
        _field("words", "If it says"),
        _field("t", "Send it to", "select", options=OPTIONS),
    )
    saved = [
        {"title": "On my way", "team": "Classroom IT", "form": _form("Change", _field("t", "Title")),
         "texts": [{"lang": "en", "language": "English", "text": "Hello [name], I am on my way."}]}
    ]  # fmt: skip
    add_reply = _form("A new saved reply", _field("title", "Titles"))
    marks = {name: f"[{name}]" for name in ("name", "reference", "school", "agent")}
    yield _staff("setup-replies", "setup/replies.html", page="replies", replies=saved,
                 add=add_reply, marks=marks)  # fmt: skip
    yield _staff("setup-rules", "setup/rules.html", page="rules", rules=rules, tried=tried, add=add)
    sure = [
        {"name": "Technology", "icon": "check", "word": "By itself", "labels": 412, "sure": "86 %",
         "bound": "2.1 %", "own": True, "errors": 1, "decisions": 240},
        {"name": "Transportation", "icon": "eye", "word": "Suggests", "labels": 12, "sure": "",
         "bound": "", "own": False, "errors": None, "decisions": None},
    ]  # fmt: skip
    yield _staff("setup-sureness", "setup/sureness.html", page="sureness", departments=sure,
                 state={"icon": "check", "word": "Routes by itself what is proved", "tone": "good"},
                 sentences=["It has learned from 424 requests whose owner is known."],
                 add=_form("What may go by itself", _field("alpha", "At most", value="3")))  # fmt: skip
    tokens = [{"id": 1, "name": "Bus system", "may": "Read requests", "by": "Theo Ramos",
               "made": _at(9, 0, days=-40), "used": _at(9, 30), "until": _at(9, 0, days=90)},
              {"id": 2, "name": "Old script", "may": "Read requests", "by": "Theo Ramos",
               "made": _at(9, 0, days=-400), "used": None, "until": None}]  # fmt: skip
    fresh = {"name": "Bus system", "secret": "hr_live_Q3J8-NOT-A-REAL-KEY"}
    yield _staff("setup-tokens", "setup/tokens.html", page="tokens", tokens=tokens, fresh=fresh,
                 add=_form("Make a key", _field("name", "For which system?")))  # fmt: skip

    yield from _sources()


def _sources() -> Iterator[Screen]:
    file = _field("file", "A newer file", "file", hint="A table (CSV), a calendar (ICS), a PDF.")
    ends = _field("expires_on", "It answers until", "date", value="2027-06-30")
    shared = {"kind": "Table", "owner": "transportation@cedarvalley.example", "remarks": [], "doubts": [],
              "old": [], "error": "", "failed": None, "by_folder": False}  # fmt: skip
    doubt = {
        "text": "Fee: Yearbook; Amount: $45.00",
        "other": "A yearbook costs $48.00.",
        "other_title": "Yearbook",
    }
    rows = [
        shared | {"id": 1, "name": "Athletics calendar: games and meets of Lincoln High", "kind": "Calendar",
                  "where": "https://calendar.example/ical/a8f7d6c5b4a39281706f5e4d3c2b1a09/lincoln-high-athletics.ics",
                  "count": 84, "taken": _at(6, 0, days=-2), "failed": _at(6, 0, days=-1),
                  "error": "The address answered 500 and not with a page.",
                  "state": {"icon": "alert", "word": "Not taken in", "tone": "alarm"}},
        shared | {"id": 2, "name": "Student fees 2025-26", "where": "fees.csv", "count": 12, "taken": _at(8, 0),
                  "state": {"icon": "check", "word": "Up to date", "tone": "good"},
                  "old": ["It speaks of the school year 2025-26, which is over."], "doubts": [doubt],
                  "remarks": ["Rows left out, as they are longer than the header: 1."], "by_folder": True},
        shared | {"id": 3, "name": "Bell times", "where": "bells.csv", "count": 0, "taken": None, "owner": "",
                  "state": {"icon": "clock", "word": "Being read", "tone": "wait"}},
    ]  # fmt: skip
    for row in rows:  # each form has fields of its own
        row["form"] = _form(
            "Change", file | {"id": f"file-{row['id']}"}, ends | {"id": f"ends-{row['id']}"}
        )
    add = _form("Add a source", file, _field("address", "Or its address"), ends)
    yield _staff(
        "setup-sources",
        "setup/sources.html",
        page="sources",
        sources=rows,
        add=add | {"open": True},
    )
    yield _staff("setup-sources-none", "setup/sources.html", page="sources", sources=[], add=add)


LINES = [
    {"kind": "skipped", "pieces": []},
    {"kind": "same", "pieces": [{"kind": "same", "text": "Pay online in MealTrack."}]},
    {"kind": "changed", "pieces": [{"kind": "same", "text": "Lunch costs "}, {"kind": "gone", "text": "$2.75"},
                                   {"kind": "new", "text": "$3.00"}]},
    {"kind": "gone", "pieces": [{"kind": "gone", "text": "Milk is free."}]},
    {"kind": "new", "pieces": [{"kind": "new", "text": "Breakfast costs $1.60."}]},
]  # fmt: skip


def _articles() -> Iterator[Screen]:
    good = {"icon": "check", "word": "Answering", "tone": "good"}
    rows = [{"title": "Meal prices", "lang": "en", "url": "/setup/articles/1/", "tags": [good],
             "about": ["Meal accounts", "English", "meals@cedarvalley.example"]}]  # fmt: skip
    shows = [{"word": "All", "url": "?", "count": None, "current": True},
             {"word": "Drafts", "url": "?show=draft", "count": 3, "current": False}]  # fmt: skip
    yield _staff("setup-articles", "setup/articles.html", page="articles", query="", show="", service="",
                 services=[(1, "Meal accounts")], shows=shows, articles=rows, older_url="?after=x",
                 new_url="/setup/articles/new/")  # fmt: skip
    yield _staff("setup-articles-none", "setup/articles.html", page="articles", query="", show="draft",
                 service=1, services=[(1, "Meal accounts")], shows=shows, articles=[], new_url="")  # fmt: skip
    fields = [_field("title", "Title", value="Meal prices", required=True),
              _field("body", "Words", "textarea", value="Lunch costs $2.75.", rows=16, hint="One fact a sentence.",
                     error="Write a few words."),
              _field("review_on", "Until", "date", value="2027-06-30")]  # fmt: skip
    blocks = [{"heading": "Prices", "pieces": [{"kind": "text", "text": "Lunch costs $2.75."}]},
              {"heading": "", "pieces": [{"kind": "item", "text": "Milk is free."}]}]  # fmt: skip
    kept = {"pk": 1, "language": "en", "is_active": True, "reviewed_on": _at(9, 0).date()}
    groups = [{"title": "", "fields": fields}]
    other = {"name": "Español", "lang": "es", "title": "Precios", "url": "/setup/articles/2/"}
    shared = {"page": "articles", "title": "Meal prices", "url": "/setup/articles/1/", "key": "article",
              "seen": "0", "edition": 3, "groups": groups}  # fmt: skip
    yield _staff("setup-article", "setup/article.html", article=kept, tags=[good], versions=[other],
                 missing=[{"name": "Soomaali", "url": "?language=so"}], history_url="/setup/articles/1/history/",
                 page_url="/articles/m/", is_waiting=True, asked=["how much is lunch"],
                 outcome="In 90 days 41 answers came from it.", from_folder=True, was_folder=True,
                 theirs={"lines": LINES, "settings": ["Who may see it: Everybody → Everybody who works here"]},
                 preview={"title": "Meal prices", "language": "en", "blocks": blocks, "who": "Everybody"},
                 errors={"body-words": "Write a few words."}, **shared)  # fmt: skip
    yield _staff("setup-article-new", "setup/article.html", article={"pk": None}, **shared)
    yield _staff("setup-article-gone", "setup/article.html", article=kept | {"is_active": False}, tags=[good],
                 history_url="/setup/articles/1/history/", **shared)  # fmt: skip
    editions = [{"number": 2, "url": "?edition=2", "who": "Theo Ramos", "at": _at(9, 0), "current": True},
                {"number": 1, "url": "?edition=1", "who": "Dana Lee", "at": _at(8, 0), "current": False}]  # fmt: skip
    chosen = {"number": 2, "is_first": False, "settings": ["Title: Prices → Meal prices"], "lines": LINES,
              "title": "Meal prices", "body": "Lunch costs $3.00.", "language": "en", "can_restore": True}  # fmt: skip
    history = {"page": "articles", "title": "Meal prices", "article_url": "/setup/articles/1/",
               "url": "/setup/articles/1/history/", "seen": "0"}  # fmt: skip
    yield _staff(
        "setup-article-history",
        "setup/article_history.html",
        editions=editions,
        chosen=chosen,
        **history,
    )
    yield _staff(
        "setup-article-history-none",
        "setup/article_history.html",
        editions=[],
        chosen=None,
        **history,
    )


class SignIn(forms.Form):
    """The shape of django-allauth's sign-in form."""

    login = forms.EmailField(label="Email")
    password = forms.CharField(widget=forms.PasswordInput, help_text="At least 12 letters.")
    remember = forms.BooleanField(label="Remember me", required=False)


def _account() -> Iterator[Screen]:
    tried = SignIn({"login": "theo"})
    yield _screen("account-login", "account/login.html", form=SignIn())
    yield _screen("account-login-error", "account/login.html", form=tried)
    yield _screen("account-logout", "account/logout.html")
    yield _screen("account-change", "account/password_change.html", form=SignIn())
    yield _screen("account-forgot", "account/password_reset.html", form=SignIn())
    yield _screen("account-forgot-sent", "account/password_reset_done.html")
    key = "account/password_reset_from_key.html"
    yield _screen("account-forgot-key", key, form=SignIn(), action_url="/sign-in/")
    yield _screen("account-forgot-late", key, token_fail=True)
    yield _screen("account-forgot-done", "account/password_reset_from_key_done.html")
