"""The command `homeroom check`: every setting, and what is unsafe or missing."""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from typing import Literal
from urllib.parse import urlsplit

from django.db.utils import Error

from homeroom import config
from homeroom.district import oncall
from homeroom.district.permissions import SYSTEM
from homeroom.kit import tls
from homeroom.kit.database import check_version, pending
from homeroom.kit.errors import Expected
from homeroom.web import serve  # noqa: F401  (it reads a setting of its own)

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at."""

    kind: Literal["unsafe", "missing", "note"]
    what: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `homeroom check` takes."""
    parser.add_argument("--json", action="store_true", help="report as JSON")


def run(options: argparse.Namespace) -> int:
    """Print settings and findings; 1 when something is unsafe, else 0."""
    database = _database()
    found = [*_addresses(), *_mail(), *_files(), *database, *([] if database else _people())]
    if options.json:
        report = {"settings": _settings(), "findings": [asdict(one) for one in found]}
        sys.stdout.write(f"{json.dumps(report, indent=2, ensure_ascii=False)}\n")
    else:
        sys.stdout.write(_plain(found))
    return 1 if any(one.kind == "unsafe" for one in found) else 0


def _settings() -> list[dict[str, object]]:
    """Every setting as it stands; of a secret only whether it is set."""
    return [
        {
            "name": one.name,
            "value": _shown(one),
            "is_default": one.is_default,
            "purpose": one.purpose,
        }
        for one in config.SETTINGS
    ]


def _shown(setting: config.Setting) -> str:
    if setting.is_secret and not setting.is_default:
        return "(set)"
    if isinstance(setting.value, list):
        return ",".join(map(str, setting.value))
    return str(setting.value)


def _plain(found: list[Finding]) -> str:
    """The report as lines a person reads."""
    rows = _settings()
    wide = max(len(str(row["name"])) for row in rows)
    lines = []
    for row in rows:
        mark = " " if row["is_default"] else "*"
        lines.append(f"{mark} {row['name']:{wide}}  {row['value'] or '(empty)'}")
        lines.append(f"  {'':{wide}}  {row['purpose']}")
    lines += ["", "* set in the environment", ""]
    lines += [f"{one.kind}: {one.what}" for one in found] or ["Nothing is unsafe or missing."]
    return "\n".join(lines) + "\n"


def _addresses() -> list[Finding]:
    found = []
    origin = urlsplit(config.ORIGIN)
    if origin.scheme != "https" and origin.hostname not in LOOPBACK:
        found.append(
            Finding(
                kind="unsafe",
                what="HOMEROOM_ORIGIN is not https: sign-ins would cross the network in the open.",
            )
        )
    if "*" in config.ALLOWED_HOSTS:
        found.append(
            Finding(kind="unsafe", what="HOMEROOM_HOSTS takes any name: links could be forged.")
        )
    return found


def _mail() -> list[Finding]:
    found = []
    if config.SMTP_URL.startswith("console:"):
        found.append(
            Finding(
                kind="missing", what="HOMEROOM_SMTP is not set: mail is written to a folder only."
            )
        )
    if config.SMTP_URL.startswith("smtp://") and not _is_near(config.SMTP_URL):
        found.append(
            Finding(
                kind="note", what="HOMEROOM_SMTP is smtp:// and not smtps://: see that TLS is on."
            )
        )
    try:
        tls.proven()
    except tls.BadAuthoritiesError as trouble:
        found.append(Finding(kind="missing", what=f"{trouble}: no mail server can be proven."))
    return found


def _is_near(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK


def _files() -> list[Finding]:
    """Whether what must be private is."""
    private = [config.HOME / "secret_key", config.HOME / "postgres" / "password"]
    return [
        Finding(kind="unsafe", what=f"{path} can be read by others: chmod 600 it.")
        for path in private
        if path.exists() and path.stat().st_mode & 0o077
    ]


def _people() -> list[Finding]:
    """Whether somebody is called when somebody may be in danger."""
    if not oncall.has_list(viewer=SYSTEM):
        what = "Nobody is on call for danger: add people at /setup/on-call/ and call a test."
        return [Finding(kind="unsafe", what=what)]
    away = oncall.unreachable(viewer=SYSTEM)
    return [
        Finding(kind="unsafe", what=f"{name} is on call and has no email address that works.")
        for name in away
    ]


def _database() -> list[Finding]:
    """Whether the database answers and is at this version."""
    if not config.DATABASE_URL:
        return [
            Finding(
                kind="note",
                what="DATABASE_URL is not set: the embedded PostgreSQL starts when it is needed.",
            )
        ]
    try:
        check_version()
        behind = pending()
    except Expected as trouble:
        return [Finding(kind="missing", what=str(trouble))]
    except Error:
        return [Finding(kind="missing", what="The database of DATABASE_URL does not answer.")]
    if behind:
        what = f"The database waits for {len(behind)} migrations: run homeroom migrate."
        return [Finding(kind="missing", what=what)]
    return []
