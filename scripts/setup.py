"""Make .venv with the pinned packages and the command `homeroom`; a second run does nothing.

Only the standard library is here yet, so this file runs before anything is installed.
"""

import fcntl
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UNFINISHED = VENV / "unfinished"
LOG = VENV / "setup.log"


class SetupFailed(Exception):  # noqa: N818
    """What could not be set up, as a sentence."""


def main() -> int:
    """Exit code 0 when `.venv` stands, 1 after one sentence that says why it does not."""
    wanted = ["requirements-dev.lock" if "--dev" in sys.argv[1:] else "requirements.lock"]
    began = time.monotonic()
    with Path(__file__).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make demo` and `make test` may be started together
        try:
            if is_current(wanted[0]):
                return 0
            make_environment()
            install(wanted[0])
        except SetupFailed as failure:
            print(failure, file=sys.stderr)
            return 1
    print(f"Set up in {time.monotonic() - began:.0f} s.")
    return 0


def stamp(lock: str) -> Path:
    """Where the copy of `lock` lies that was installed last."""
    return VENV / f"installed-{lock}"


def is_current(lock: str) -> bool:
    """Whether `lock` is installed as it stands, by an interpreter that still runs, here."""
    kept = stamp(lock)
    return (
        not UNFINISHED.exists()
        and kept.exists()
        and kept.read_bytes() == (ROOT / lock).read_bytes()
        and runs([PYTHON, "-c", ""])
        and shlex.quote(str(PYTHON)) in (VENV / "bin" / "homeroom").read_text()
    )


def runs(command: list[str | Path]) -> bool:
    """Whether `command` ends well."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def make_environment() -> None:
    """Make `.venv`, or make it again when it is broken or an installation was interrupted."""
    if VENV.exists() and not UNFINISHED.exists() and runs([PYTHON, "-m", "pip", "--version"]):
        return
    print(f"Making .venv with Python {sys.version.split()[0]} ...", flush=True)
    try:
        shutil.rmtree(VENV, ignore_errors=True)
        VENV.mkdir(exist_ok=True)
        UNFINISHED.touch()
        venv.create(VENV, with_pip=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as failure:
        raise SetupFailed(f"The folder {VENV} could not be made: {failure}.") from failure


def install(lock: str) -> None:
    """Install exactly what `lock` pins, hash by hash, and the command `homeroom`."""
    count = len(re.findall(r"^\S+==", (ROOT / lock).read_text(), re.MULTILINE))
    print(f"Installing {count} packages (about half a minute with a near index) ...", flush=True)
    UNFINISHED.touch()
    with LOG.open("w") as log:
        pip = [PYTHON, "-m", "pip", "install", "--require-hashes", "--no-input", "-r", ROOT / lock]
        done = subprocess.run(pip, stdout=log, stderr=subprocess.STDOUT, check=False, cwd=ROOT)
    if done.returncode != 0:
        raise SetupFailed(f"{reason(LOG.read_text())} The whole story is in {LOG}.")
    write_command()
    for name in {lock, "requirements.lock"}:  # the longer list holds the shorter one
        shutil.copyfile(ROOT / name, stamp(name))
    UNFINISHED.unlink()


def write_command() -> None:
    """Make the package importable and write `.venv/bin/homeroom`, with no build in between."""
    find = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([PYTHON, "-c", find], capture_output=True, text=True, check=True)
    (Path(packages.stdout.strip()) / "homeroom.pth").write_text(f"{ROOT}\n")
    command = VENV / "bin" / "homeroom"
    fresh = command.with_name(f".homeroom.{os.getpid()}")
    fresh.write_text(f'#!/bin/sh\nexec {shlex.quote(str(PYTHON))} -m homeroom "$@"\n')
    fresh.chmod(0o755)
    fresh.replace(command)


def reason(log: str) -> str:
    """One sentence for what pip ran into, from what it wrote."""
    if "DO NOT MATCH THE HASHES" in log:
        return "A downloaded package is not the one that was pinned (its hash differs)."
    if "No space left on device" in log:
        return "The disk is full."
    if unreachable := re.search(
        r"host='([^']+)'|to ([\w.-]+) timed out|Could not fetch URL (\S+):", log
    ):
        where = next(group for group in unreachable.groups() if group)
        return f"The package index at {where} did not answer: check the network or pip's index-url."
    if missing := re.search(r"No matching distribution found for (\S+)", log):
        return f"The package index has no {missing[1]} for this Python."
    return "Installing the packages failed."


if __name__ == "__main__":
    sys.exit(main())
