"""Reading a page of the open web, bounded: what somebody typed must not lead us into the house.

The address that was checked is the address that is connected to; every redirect is checked anew.
"""

import ipaddress
import socket
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx

from homeroom.kit.errors import GiveUp, TryAgain

MOST_BYTES: Final = 10_000_000
"""Of one answer; a calendar of a thousand games has half a million."""
MOST_S: Final = 20.0
"""For one reading, from the first name looked up to the last byte."""
WAIT_S: Final = 8.0
"""For a connection, and for each next piece."""
HOPS: Final = 5
"""Redirects followed."""
LONGEST: Final = 2_000
"""Characters of an address."""


class Refused(GiveUp):
    """An address that is not read from."""


class Away(TryAgain):
    """The other side does not answer now as it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What stood at an address; nothing is in it when it is the same as before."""

    content: bytes = b""
    etag: str = ""
    modified: str = ""
    is_same: bool = False


def fetch(
    url: str,
    *,
    inside: Collection[str] = (),
    etag: str = "",
    modified: str = "",
    most: int = MOST_BYTES,
) -> Fetched:
    """What stands at `url`, or that it has not changed since `etag` and `modified` were given.

    `inside` are the names of hosts that may lie on the district's own network.

    :raises Refused: when the address is none we read from; Away when it did not answer in time.
    """
    ends = time.monotonic() + MOST_S
    # Nobody outside may send us to a host that is named for another address.
    inside = {_parts(url).hostname or ""} & {name.lower() for name in inside}
    known = {"If-None-Match": etag, "If-Modified-Since": modified}
    headers = {name: value for name, value in known.items() if value}
    with httpx.Client(trust_env=False, timeout=WAIT_S, follow_redirects=False) as client:
        for _hop in range(HOPS + 1):
            try:
                answer = _get(client, url, headers, inside=inside)
            except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
                raise Away("The address did not answer. We try again later.") from error
            try:
                if not answer.has_redirect_location:
                    return _read(answer, most=most, ends=ends)
            finally:
                answer.close()
            url = urljoin(url, answer.headers["location"])
    raise Refused("The address leads on and on to others. Give the last one.")


def _get(
    client: httpx.Client, url: str, headers: dict[str, str], *, inside: Collection[str]
) -> httpx.Response:
    parts = _parts(url)
    host = parts.hostname or ""
    number = _checked(host, parts.port or (443 if parts.scheme == "https" else 80), inside)
    request = client.build_request(
        "GET",
        httpx.URL(url).copy_with(host=number, fragment=None),
        headers={
            "Host": host if parts.port is None else f"{host}:{parts.port}",
            "User-Agent": "Homeroom",
            # What is not compressed cannot grow while it is read.
            "Accept-Encoding": "identity",
            **headers,
        },
        # The certificate has to be that of the name, not of the number.
        extensions={"sni_hostname": host},
    )
    return client.send(request, stream=True)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        is_web = False
        parts = urlsplit("")
    if not is_web or len(url) > LONGEST or not url.isprintable():
        raise Refused("Write an address that begins with https:// or http://.")
    if parts.username is not None or parts.password is not None:
        raise Refused("An address with a name or password in it is not kept here.")
    return parts


def check(url: str) -> None:
    """Raise Refused when `url` cannot be an address we read from; asks nobody."""
    _parts(url)


def _checked(host: str, port: int, inside: Collection[str]) -> str:
    """A number of this host that may be connected to."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Away(f"Nobody knows the host {host} now.") from error
    numbers = [str(one[4][0]) for one in found]
    if host in inside:
        return numbers[0]
    if not numbers or not all(map(is_public, numbers)):
        raise Refused(
            f"The host {host} is not on the open web. If it is the district's own, an"
            " administrator names it in HOMEROOM_INSIDE."
        )
    return numbers[0]


def is_public(number: str) -> bool:
    """Whether an IP address is one of the open web, whatever it is wrapped in."""
    address = ipaddress.ip_address(number.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            within = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if within is not None:
            address = within
    return address.is_global and not address.is_multicast


_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")


def _read(answer: httpx.Response, *, most: int, ends: float) -> Fetched:
    if answer.status_code == httpx.codes.NOT_MODIFIED:
        return Fetched(is_same=True)
    if answer.status_code != httpx.codes.OK:
        raise Away(f"The address answered {answer.status_code} and not with a page.")
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise Away("The address sends only compressed pages, which are not read.")
    held = bytearray()
    try:
        for piece in answer.iter_raw():
            held += piece
            if len(held) > most:
                raise Refused(f"There is more than {most // 1_000_000} MB at the address.")
            if time.monotonic() > ends:
                raise Away("The address is too slow. We try again later.")
    except httpx.HTTPError as error:
        raise Away("The connection ended early. We try again later.") from error
    return Fetched(
        content=bytes(held),
        etag=answer.headers.get("etag", "")[:200],
        modified=answer.headers.get("last-modified", "")[:100],
    )
