"""Every address of the house, read from the URL table; tests that visit them all start here."""

from collections.abc import Iterator, Mapping

from django.urls import URLPattern, URLResolver, get_resolver

from homeroom.web.policy import Policy


def every() -> Iterator[tuple[str, URLPattern]]:
    """Every address pattern of the house with what it is filled in with."""

    def walk(patterns: list[object], prefix: str) -> Iterator[tuple[str, URLPattern]]:
        for entry in patterns:
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns, prefix + str(entry.pattern))
            elif isinstance(entry, URLPattern):
                yield prefix + str(entry.pattern), entry

    yield from walk(get_resolver().url_patterns, "/")


def policy_of(pattern: URLPattern) -> Policy | None:
    """Whom an address is for; nothing when it does not say."""
    found = getattr(pattern.callback, "policy", None)
    return found if isinstance(found, Policy) else None


def address(route: str, values: Mapping[str, object]) -> str:
    """The address with its parts filled in; a part that `values` does not know becomes 1."""
    parts = []
    for part in route.split("/"):
        _kind, _, name = part.strip("<>").rpartition(":")
        parts.append(str(values.get(name, "1")) if part.startswith("<") else part)
    return "/".join(parts)
