"""Strangers' files read in a process of their own, bounded in time and memory.

What runs here imports no Django and is given no setting: an error in a library that reads PDFs
reaches neither the database nor a secret.
"""

import json
import os
import resource
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from homeroom.knowledge.sources.taken import Taken, Text, Unreadable, moments, plain_moments

CPU_S: Final = 10
WALL_S: Final = 20
MEMORY: Final = 1_000_000_000
"""Bytes of address space."""
_UNREADABLE: Final = 3


def read(kind: str, content: bytes, **options: str) -> Taken:
    """What `kind` (document, webpage or calendar) takes out of `content`.

    :raises Unreadable: when nothing can be taken, or only with more time or memory than there is.
    """
    # The folder that the package lies in, and no variable of ours.
    env = {"PYTHONPATH": str(Path(__file__).parents[3]), "PATH": os.environ.get("PATH", "")}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "homeroom.knowledge.sources.apart", kind, json.dumps(options)],
            input=content,
            capture_output=True,
            timeout=WALL_S,
            check=False,
            env=env,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable("It takes too long to read. It may be damaged.") from error
    if done.returncode == _UNREADABLE:
        raise Unreadable(done.stdout.decode("utf-8", "replace"))
    if done.returncode != 0:
        raise Unreadable("It is too large or too complicated to read. It may be damaged.")
    return _taken(json.loads(done.stdout))


def _taken(told: dict[str, list[dict[str, object]]]) -> Taken:
    return Taken(
        texts=tuple(
            Text(
                key=str(one["key"]),
                title=str(one["title"]),
                body=str(one["body"]),
                moments=moments(one["moments"]),
            )
            for one in told["texts"]
        ),
        remarks=tuple(map(str, told["remarks"])),
    )


def plain(text: Text) -> dict[str, object]:
    """A text as JSON can hold it."""
    return {
        "key": text.key,
        "title": text.title,
        "body": text.body,
        "moments": plain_moments(text.moments),
    }


def main(kind: str, options: dict[str, str]) -> int:
    """Read standard input; what was taken goes to standard output as JSON."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 2))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        taken = _take(kind, sys.stdin.buffer.read(), options)
    except Unreadable as error:
        sys.stdout.write(str(error))
        return _UNREADABLE
    told = {"texts": [plain(one) for one in taken.texts], "remarks": list(taken.remarks)}
    sys.stdout.write(json.dumps(told))
    return 0


def _take(kind: str, content: bytes, options: dict[str, str]) -> Taken:
    if kind == "document":
        from homeroom.knowledge.sources import documents

        return documents.take(content, title=options["title"])
    if kind == "webpage":
        from homeroom.knowledge.sources import webpages

        return webpages.take(content, title=options["title"])
    from homeroom.knowledge.sources import calendars

    return calendars.take(
        content,
        zone=ZoneInfo(options["zone"]),
        now=datetime.fromisoformat(options["now"]),
        language=options["language"],
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], json.loads(sys.argv[2])))
