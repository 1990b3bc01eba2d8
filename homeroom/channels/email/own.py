"""The addresses that are ours, and the secret ones that replies come back to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from homeroom.kit.mail import addresses

_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAddresses:
    """Which addresses and domains belong to this install.

    `intake` are the addresses that take requests. `reply_locals` are local parts that carry a
    token, as in ``help+token@domain``; `reply_domains` the domains they live in. `message_domain`
    is the right-hand side that only our own Message-IDs have; empty when there is none.
    """

    intake: frozenset[str] = frozenset()
    reply_locals: frozenset[str] = frozenset()
    reply_domains: frozenset[str] = frozenset()
    message_domain: str = ""

    def is_own(self, email: str) -> bool:
        """Whether mail from this address would be mail from ourselves."""
        key = _key(email)
        if not key:
            return False
        local, _, domain = key.rpartition("@")
        is_reply = domain in self.reply_domains and local.partition("+")[0] in self.reply_locals
        return is_reply or key in self.intake

    def token_of(self, email: str) -> str:
        """The token that a reply address carries; empty when it carries none."""
        local, at, domain = email.strip("<> ").rpartition("@")
        base, plus, token = local.partition("+")
        if not (at and plus) or addresses.ascii_domain(domain) not in self.reply_domains:
            return ""
        return token if base.lower() in self.reply_locals and _TOKEN.match(token) else ""

    def first_token(self, emails: Iterable[str]) -> str:
        """The first token among the addresses; empty when none carries one."""
        return next((token for email in emails if (token := self.token_of(email))), "")


def own(
    intake: Iterable[str], *, reply: Iterable[str] = (), message_domain: str = ""
) -> OwnAddresses:
    """Our addresses from plain lists; `reply` are those whose plus form carries a token."""
    replies = [_key(address).rpartition("@") for address in reply]
    return OwnAddresses(
        intake=frozenset(filter(None, map(_key, intake))),
        reply_locals=frozenset(local for local, _, _ in replies),
        reply_domains=frozenset(domain for _, _, domain in replies),
        message_domain=message_domain.lower(),
    )


def _key(email: str) -> str:
    local, at, domain = email.strip("<> ").rpartition("@")
    return f"{local.lower()}@{addresses.ascii_domain(domain)}" if at else ""
