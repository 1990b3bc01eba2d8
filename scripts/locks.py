"""Check the lock files: every package pinned and hashed, every wish met, and no index named."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HASHES = r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\\n|\n|$))+"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(\[[\w,.-]+\])?==\S+ \\\n" + HASHES)


def faults(lock: Path, wishes: Path) -> list[str]:
    """What is wrong with `lock`, a sentence each."""
    text = "".join(
        line
        for line in lock.read_text().splitlines(keepends=True)
        if not line.lstrip().startswith("#")
    )
    found = [
        f"{lock.name} names an index or an address: {line}"
        for line in text.splitlines()
        if "://" in line or line.startswith("-")
    ]
    pinned = set()
    while text.strip():
        match = PINNED.match(text)
        if match is None:
            found.append(
                f"{lock.name}: this is not a pinned package with hashes: {text.splitlines()[0]}"
            )
            text = text.split("\n", 1)[1] if "\n" in text else ""
            continue
        pinned.add(_plain(match[1]))
        text = text[match.end() :]
    wanted = {
        _plain(re.split(r"[\[=<>~ ;]", line)[0])
        for line in wishes.read_text().splitlines()
        if line.strip() and not line.startswith(("#", "-"))
    }
    return found + [
        f"{lock.name} lacks {name} of {wishes.name}" for name in sorted(wanted - pinned)
    ]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Exit code 1 after a line for each fault."""
    found = [
        fault
        for name in ("requirements", "requirements-dev")
        for fault in faults(ROOT / f"{name}.lock", ROOT / f"{name}.in")
    ]
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
