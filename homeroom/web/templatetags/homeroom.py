"""Template tags of the look: icons, references, initials, and times as people say them.

Times are shown in the zone that is active for the page; the district's own zone is made active
by the server before a page is drawn. "Now" is always handed in, so that a page can be drawn for
any moment.
"""

import functools
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from gettext import NullTranslations
from html import escape
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation.trans_real import catalog

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
    return _state(icon, str(word), tone)


@functools.lru_cache(maxsize=4096)
def _state(icon: str, word: str, tone: str) -> SafeString:
    return format_html(
        '<span class="tag"{}>{}{}</span>',
        format_html(' data-tone="{}"', tone) if tone else "",
        _icon(icon, turns=False) if icon else "",
        word,
    )


@register.simple_tag
def listed(row: Mapping[str, Any], now: datetime) -> SafeString:
    """Return one row of desk/rows.html, which says what it holds; lists are drawn all day long."""
    at = timezone.localtime(row["at"])
    when = _brief(*_minute(at), _local_date(now))
    who, about, said, lang = (
        escape(str(row.get(name, ""))) for name in ("who", "about", "said", "lang")
    )
    about = f'<span class="soft tiny">{about}</span>' if about else ""
    words = escape(gettext("not read yet"))  # inside an f-string nobody would collect them
    unread = f'<span class="vh">{words}</span>' if row.get("unread") else ""
    tags = "".join(
        _state(tag["icon"], str(tag["word"]), tag["tone"]) for tag in row.get("tags", ())
    )
    tags = f'<span class="row">{tags}</span>' if tags else ""
    return SafeString(
        f"<li{' class="unread"' if unread else ''}>"
        f'<a href="{escape(row["url"])}" data-row{_CURRENT if row.get("current") else ""}>\n'
        f'    <span class="top"><strong><bdi>{who}</bdi></strong>{about}{unread}'
        f'<time datetime="{at.isoformat()}">{escape(when)}</time></span>\n'
        f'    <span class="said" dir="auto"{f' lang="{lang}"' if lang else ""}>{said}</span>\n'
        f"    {tags}</a></li>"
    )


_CURRENT = ' aria-current="true"'


@register.simple_tag
def same(template_name: str) -> SafeString:
    """Return a part that is the same for everyone, drawn once in each language."""
    return _same(template_name, catalog())


@functools.lru_cache(maxsize=64)
def _same(template_name: str, words: NullTranslations) -> SafeString:  # noqa: ARG001  (kept by it)
    return render_to_string(template_name)


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
    return _day(catalog(), _local_date(at), _local_date(now))


@functools.lru_cache(maxsize=1024)
def _day(words: NullTranslations, when: date, today: date) -> str:  # noqa: ARG001  (kept by it)
    if when.year == today.year:
        return dateformat.format(when, pgettext("date format", "l, M j"))
    return dateformat.format(when, pgettext("date format", "l, M j, Y"))


@register.filter
def moment(at: datetime, now: datetime) -> str:
    """Return when something was: "9:38 AM" today, then "Yesterday, …", then with its day."""
    return _moment(*_minute(timezone.localtime(at)), _local_date(now))


def _minute(local: datetime) -> tuple[NullTranslations, datetime]:
    """What decides how a time is said: the words that are active, and its minute on the wall."""
    return catalog(), local.replace(second=0, microsecond=0, tzinfo=None)


@functools.lru_cache(maxsize=8192)
def _moment(words: NullTranslations, local: datetime, today: date) -> str:
    when, clocked = local.date(), {"clock": opening.clock(local.time())}
    if when == today:
        return clocked["clock"]
    if when == today - timedelta(days=1):
        return gettext("Yesterday, %(clock)s") % clocked
    return gettext("%(day)s, %(clock)s") % {**clocked, "day": _day(words, when, today)}


@functools.lru_cache(maxsize=8192)
def _brief(words: NullTranslations, local: datetime, today: date) -> str:  # noqa: ARG001  (kept by it)
    """The same for a narrow list: of another day than today, the day alone."""
    when = local.date()
    if when == today:
        return opening.clock(local.time())
    if when == today - timedelta(days=1):
        return gettext("Yesterday")
    if when.year == today.year:
        return dateformat.format(when, pgettext("date format", "M j"))
    return dateformat.format(when, pgettext("date format", "M j, Y"))


@register.filter
def by(at: datetime, now: datetime) -> str:
    """Return a promise: "by 9:50 AM today", "by 9:50 AM tomorrow", "by 9:50 AM on Monday, …"."""
    return _by(*_minute(timezone.localtime(at)), _local_date(now))


@functools.lru_cache(maxsize=8192)
def _by(words: NullTranslations, local: datetime, today: date) -> str:
    when, clocked = local.date(), {"clock": opening.clock(local.time())}
    if when == today:
        return gettext("by %(clock)s today") % clocked
    if when == today + timedelta(days=1):
        return gettext("by %(clock)s tomorrow") % clocked
    return gettext("by %(clock)s on %(day)s") % {**clocked, "day": _day(words, when, today)}


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
