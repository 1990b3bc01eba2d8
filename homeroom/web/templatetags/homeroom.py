"""Template tags of the look: icons, references, initials, and times as people say them.

Times are shown in the zone that is active for the page; the district's own zone is made active
by the server before a page is drawn. "Now" is always handed in, so that a page can be drawn for
any moment.
"""

import functools
from datetime import date, datetime, timedelta

from django import template
from django.templatetags.static import static
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext

from homeroom.web import opening

register = template.Library()


@register.simple_tag
def icon(name: str, *, turns: bool = False) -> SafeString:
    """Return one icon of the sprite, hidden from screen readers: a word always stands beside it.

    ``turns`` is for arrows that mean a direction: they flip in right-to-left languages.
    """
    return _icon(name, turns)


@functools.lru_cache(maxsize=256)
def _icon(name: str, turns: bool) -> SafeString:  # noqa: FBT001
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#i-{}"/></svg>',
        " turns" if turns else "",
        static("homeroom/icons.svg"),
        name,
    )


@register.simple_tag
def state(icon: str, word: str, tone: str) -> SafeString:
    """Return what parts/tag.html draws, for lists with hundreds of them: a tenth of the time."""
    return format_html(
        '<span class="tag"{}>{}{}</span>',
        format_html(' data-tone="{}"', tone) if tone else "",
        _icon(icon, turns=False) if icon else "",
        word,
    )


@register.simple_tag
def reference(value: str) -> SafeString:
    """Return a request's reference, kept from machine translation and from turning around."""
    return format_html('<bdi class="mono" translate="no">{}</bdi>', value)


@register.filter
def initials(name: str) -> str:
    """Return one or two capital letters for a person's face: "Ms. Dana Lee" gives "DL"."""
    words = [word for word in name.split() if not word.endswith(".") and word[0].isalpha()]
    if not words:
        return name.strip()[:1].upper()
    first, last = words[0], words[-1]
    return (first[0] if first == last else first[0] + last[0]).upper()


@register.filter
def clock(at: datetime) -> str:
    """Return the time of day: "9:38 AM" in English, "21:14" in languages that count to 24."""
    return opening.clock(timezone.localtime(at).time())


@register.filter(name="opening")
def opening_hours(written: str) -> str:
    """Return opening hours in words: "Monday to Friday, 7:00 AM to 5:00 PM"."""
    return opening.in_words(written)


@register.filter
def day(at: datetime, now: datetime) -> str:
    """Return the day in words: "Tuesday, Nov 24", with the year when it is not this year's."""
    local = timezone.localtime(at)
    if local.year == timezone.localtime(now).year:
        return dateformat.format(local, pgettext("date format", "l, M j"))
    return dateformat.format(local, pgettext("date format", "l, M j, Y"))


@register.filter
def moment(at: datetime, now: datetime) -> str:
    """Return when something was: "9:38 AM" today, then "Yesterday, …", then with its day."""
    when, today = _local_date(at), _local_date(now)
    if when == today:
        return clock(at)
    if when == today - timedelta(days=1):
        return gettext("Yesterday, %(clock)s") % {"clock": clock(at)}
    return gettext("%(day)s, %(clock)s") % {"day": day(at, now), "clock": clock(at)}


@register.filter
def by(at: datetime, now: datetime) -> str:
    """Return a promise: "by 9:50 AM today", "by 9:50 AM tomorrow", "by 9:50 AM on Monday, …"."""
    when, today = _local_date(at), _local_date(now)
    words = {"clock": clock(at)}
    if when == today:
        return gettext("by %(clock)s today") % words
    if when == today + timedelta(days=1):
        return gettext("by %(clock)s tomorrow") % words
    return gettext("by %(clock)s on %(day)s") % {**words, "day": day(at, now)}


@register.filter
def ago(at: datetime, now: datetime) -> str:
    """Return how long ago in one unit, rounded down: "3 minutes ago"; after two days, its day."""
    minutes = max(0, int((now - at).total_seconds() // 60))
    if minutes < 1:
        return gettext("just now")
    if minutes < 60:
        words = ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes)
        return words % {"count": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(count)d hour ago", "%(count)d hours ago", hours) % {"count": hours}
    return day(at, now)


@register.simple_tag
def at(when: datetime, now: datetime) -> SafeString:
    """Return a ``<time>`` element with the words of :func:`moment`."""
    return format_html('<time datetime="{}">{}</time>', when.isoformat(), moment(when, now))


def _local_date(at: datetime) -> date:
    return timezone.localtime(at).date()
