"""Who may follow what: the doorkeeper of `/live/`."""

from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from urllib.parse import parse_qs

import psycopg
from django.conf import settings
from django.contrib import auth
from django.db import close_old_connections, connections
from django.http import HttpRequest

from homeroom.district.permissions import Viewer, viewer_for
from homeroom.kit.live import LIVE
from homeroom.tickets import incidents, queries
from homeroom.tickets.alarms import TOPIC
from homeroom.web.live import Topics

SHARED = frozenset({"triage", "held", incidents.TOPIC})
"""What everyone who works here may know of: that these lists changed."""


def topics(cookies: str, query: str) -> Topics | None:
    """Which topics the page with these cookies may follow; None when nobody is signed in.

    Everyone on the staff follows their own teams, leaders and administrators all. The request that
    a page shows is named by ``?ticket=REFERENCE`` and followed when its reader may see it.
    """
    close_old_connections()
    try:
        viewer = _viewer(cookies)
        if not viewer.is_staff:
            return None
        return _following(viewer, _ticket(query, viewer))
    finally:
        close_old_connections()


def _viewer(cookies: str) -> Viewer:
    """Who is signed in, by Django's own session and its hash of the password."""
    try:
        jar = SimpleCookie(cookies)
    except CookieError:
        return viewer_for(None)
    morsel = jar.get(settings.SESSION_COOKIE_NAME)
    if morsel is None:
        return viewer_for(None)
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(morsel.value)
    user = auth.get_user(request)
    return viewer_for(user if user.is_authenticated else None)


def _ticket(query: str, viewer: Viewer) -> str:
    reference = parse_qs(query).get("ticket", [""])[0][:20]
    found = queries.by_reference(reference, viewer=viewer) if reference else None
    return f"ticket:{found.pk}" if found else ""


def _following(viewer: Viewer, ticket: str) -> Topics:
    own = {f"team:{team}" for team in viewer.team_ids} | SHARED | {ticket}
    if viewer.is_on_call or viewer.kind == "administrator":
        own.add(TOPIC)
    if viewer.kind in {"leader", "administrator"}:
        return lambda topic: topic in own or topic.startswith("team:")
    return own.__contains__


async def connect() -> psycopg.AsyncConnection[tuple[object, ...]]:
    """A connection of its own that listens: LISTEN does not pass through a pooler."""
    given = dict(connections["default"].get_connection_params())
    for name in ("cursor_factory", "context", "prepare_threshold"):
        given.pop(name, None)
    connection = await psycopg.AsyncConnection.connect(autocommit=True, **given)
    await connection.execute(f"LISTEN {LIVE}")
    return connection
