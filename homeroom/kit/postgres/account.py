"""The system account that the embedded server runs under: PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict


class As(TypedDict, total=False):
    """The part of subprocess's arguments that says who runs the command."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who the server runs as: ourselves, or when we are root, someone with no rights."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether this is not who we are."""
        return self.uid != os.geteuid()

    @property
    def run_as(self) -> As:
        """What to pass to subprocess so that a command runs under this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may pass through `folder` and everything above it."""
        if not self.is_other:
            return os.access(folder, os.X_OK)
        test = subprocess.run(
            ["/usr/bin/env", "test", "-x", str(folder)], check=False, **self.run_as
        )
        return test.returncode == 0

    def own_folder(self, folder: Path) -> None:
        """Make `folder` if it is not there, this account's own and nobody else's."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.is_other:
            os.chown(folder, self.uid, self.gid)


def choose(data: Path) -> Account:
    """The account for the cluster in `data`: its owner, else ourselves unless we are root."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid())
    if data.exists() and data.stat().st_uid != 0:
        return Account(uid=data.stat().st_uid, gid=data.stat().st_gid)
    return _named("homeroom") or _made() or _named("postgres") or _named("nobody") or _numbered()


def _named(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _made() -> Account | None:
    """The new system account `homeroom`, or None where accounts cannot be made."""
    command = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
    ]
    try:
        subprocess.run(
            [*command, "--shell", "/usr/sbin/nologin", "homeroom"], check=False, capture_output=True
        )
    except OSError:
        return None
    return _named("homeroom")


def _numbered() -> Account:
    """An account without a name: the kernel needs none (65534 is nobody by convention)."""
    return Account(uid=65534, gid=65534)
