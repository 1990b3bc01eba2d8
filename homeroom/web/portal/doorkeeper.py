"""Who may send how much through the front door, without a puzzle and without locking a school out.

Nothing is refused: what looks like a machine's work is kept and set aside for a person to look at.
"""

import ipaddress
from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from django.http import HttpRequest

from homeroom.kit import ids
from homeroom.kit.throttle import Rate, take
from homeroom.understanding.safety import watch

PER_ADDRESS: Final = Rate(burst=10, every=timedelta(minutes=5))
"""Ten requests at once under one address, then one each five minutes."""
PER_NETWORK: Final = Rate(burst=600, every=timedelta(seconds=0.2))
"""A whole school sits behind one network: six hundred at once, then five a second."""
HASTY: Final = 20
"""What a form costs its network that came back faster than people write."""
QUICKEST: Final = timedelta(seconds=2)

_signer = signing.Signer(salt="front door")


def stamp(*, now: datetime) -> str:
    """A signed note of when a page was drawn, unlike any other, for its hidden field."""
    return _signer.sign(f"{int(now.timestamp() * 1000)}.{ids.token(6)}")


def is_hasty(given: str, *, now: datetime) -> bool:
    """Whether the form came back faster than people write, or was never drawn by us."""
    try:
        drawn_ms = int(_signer.unsign(given).split(".")[0])
    except (signing.BadSignature, ValueError):
        return True
    return now.timestamp() - drawn_ms / 1000 < QUICKEST.total_seconds()


def reason_to_set_aside(
    request: HttpRequest, *, text: str, address: str, is_hasty: bool, now: datetime
) -> str:
    """Why a person should look at this before anything is filed; empty for nearly everything.

    Words of danger are never set aside for how they were sent.
    """
    if watch(text).needs_person:
        return ""
    if request.POST.get("website"):
        return "A field that people cannot see was filled in."
    cost = HASTY if is_hasty else 1
    if not take(f"form:network:{network(request)}", rate=PER_NETWORK, now=now, cost=cost):
        return "Too many forms came from one network in a short time."
    if address and not take(f"form:{ids.fingerprint(address)}", rate=PER_ADDRESS, now=now):
        return "Too many forms came under one phone or email in a short time."
    return ""


def network(request: HttpRequest) -> str:
    """The network a request comes from: a /24, or a /48 in IPv6; empty when it has no address."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return ""
    width = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{width}", strict=False))
