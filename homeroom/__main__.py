"""The command `homeroom`: one table of sub-commands, each imported only when it is asked for."""

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from homeroom.kit.errors import Expected

BAD_INPUT = 2
UNEXPECTED = 1
TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the message and tries again."""
INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One sub-command: what offers `arguments(parser)` and `run(options) -> int`."""

    module: str
    """A module, or ``module:Name`` of something in it."""
    help: str
    needs_database: bool = True
    brings_up: bool | None = False
    """Whether it changes a database of an earlier version; None: it sees to the database itself."""
    fails_with: int | None = None
    """The only exit code of any failure, where the caller can make sense of no other."""


COMMANDS = {
    "demo": Command(
        module="homeroom.demo.house",
        help="everything on one machine, with a sample district",
        brings_up=None,
    ),
    "init": Command(
        module="homeroom.pipeline.standing",
        help="load or refresh a district folder",
        brings_up=True,
    ),
    "serve": Command(module="homeroom.web.serve", help="pages, the API and notices on one port"),
    "work": Command(module="homeroom.pipeline.work", help="background work"),
    "receive": Command(
        module="homeroom.pipeline.doorways:Pipe",
        help="one raw message from a mail server's pipe",
        fails_with=TRY_AGAIN,
    ),
    "lmtp": Command(module="homeroom.pipeline.doorways:Lmtp", help="take mail by LMTP"),
    "mail": Command(module="homeroom.pipeline.doorways:Mailboxes", help="watch mailboxes"),
    "replay": Command(
        module="homeroom.pipeline.replay", help="lines through the real doors, in a scratch copy"
    ),
    "learn": Command(
        module="homeroom.pipeline.learn", help="learn from the past, and prove what may go alone"
    ),
    "backtest": Command(
        module="homeroom.pipeline.backtest", help="what would have come of the district's past"
    ),
    "import": Command(
        module="homeroom.pipeline.bring_in", help="an older system's requests as history"
    ),
    "migrate": Command(
        module="homeroom.kit.database",
        help="bring the database up to this version",
        brings_up=None,
    ),
    "admin": Command(module="homeroom.web.admin", help="make or reset an administrator"),
    "check": Command(
        module="homeroom.web.checkup",
        help="every setting, and what is unsafe or missing",
        needs_database=False,
    ),
}


class Module(Protocol):
    """What a command's module offers."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add what the command takes."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it; the exit code."""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code of one run: 0 done, 2 bad input or an expected trouble, 1 anything else."""
    words = list(sys.argv[1:] if argv is None else argv)
    name = next((word for word in words if not word.startswith("-")), "")
    command = COMMANDS.get(name)
    if command is None:
        _parser().parse_args(words)  # prints the list, or says what is wrong and exits 2
        _parser().print_help()
        return 0
    try:
        return _run(name, command, words)
    except (Exception, KeyboardInterrupt, SystemExit) as trouble:  # noqa: BLE001
        if isinstance(trouble, SystemExit) and trouble.code in {0, None}:
            return 0
        code = _explain(trouble, is_debug="--debug" in words)
        return code if command.fails_with is None else command.fails_with


def _run(name: str, command: Command, words: Sequence[str]) -> int:
    """Have the database, then Django, then the command: each needs the one before it."""
    is_asking = "-h" in words or "--help" in words
    with ExitStack() as stack:
        if command.needs_database and not is_asking:
            from homeroom.kit.postgres import server

            home = Path(os.environ.get("HOMEROOM_HOME") or ".homeroom")
            url = os.environ.get("DATABASE_URL", "")
            os.environ["DATABASE_URL"] = stack.enter_context(server(home, url=url))
        module = _module(command)
        options = _parser(name, module).parse_args(words)
        if command.needs_database:
            from homeroom.kit import database

            database.check_version()
            if command.brings_up is not None:
                database.ready(brings_up=command.brings_up)
        return module.run(options)


def _module(command: Command) -> Module:
    """The command's module, imported with Django ready for it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeroom.config")
    import django

    django.setup()
    path, _, name = command.module.partition(":")
    module = importlib.import_module(path)
    return cast("Module", getattr(module, name) if name else module)


def _parser(name: str = "", module: Module | None = None) -> argparse.ArgumentParser:
    """The command line, with the arguments of sub-command `name` filled in by its `module`."""
    parser = argparse.ArgumentParser(
        prog="homeroom",
        description="One front door for a school district's support.",
        epilog="`homeroom COMMAND --help` says what a command takes.",
    )
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    commands = parser.add_subparsers(metavar="COMMAND", dest="command")
    for listed, command in COMMANDS.items():
        description = f"{command.help[0].upper()}{command.help[1:]}."
        sub = commands.add_parser(listed, help=command.help, description=description)
        sub.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help="as above")
        if listed == name and module is not None:
            module.arguments(sub)
    return parser


def _explain(trouble: BaseException, *, is_debug: bool) -> int:
    """Say what went wrong in one sentence; the exit code for it."""
    if isinstance(trouble, SystemExit):  # argparse has spoken
        return trouble.code if isinstance(trouble.code, int) else BAD_INPUT
    if isinstance(trouble, KeyboardInterrupt):
        return INTERRUPTED
    if is_debug:
        traceback.print_exception(trouble)
    if isinstance(trouble, BrokenPipeError):  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNEXPECTED
    if isinstance(trouble, Expected):
        print(trouble, file=sys.stderr)
        return BAD_INPUT
    if (sentence := _of_the_database(trouble)) is not None:
        print(sentence, file=sys.stderr)
        return BAD_INPUT
    what = " ".join(str(trouble).split()) or type(trouble).__name__
    print(f"Something unexpected went wrong: {what}. --debug shows where.", file=sys.stderr)
    return UNEXPECTED


def _of_the_database(trouble: BaseException) -> str | None:
    """A sentence for a database that cannot be reached, or None for any other trouble."""
    import psycopg
    from django.db import OperationalError

    if not isinstance(trouble, OperationalError | psycopg.OperationalError):
        return None
    said = str(trouble).strip().splitlines() or ["no reason given"]
    return f"The database does not answer ({said[0]}): check DATABASE_URL."


if __name__ == "__main__":
    sys.exit(main())
