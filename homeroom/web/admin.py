"""The command `homeroom admin`: make or reset an administrator."""

import argparse
import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from homeroom.district.actions import make_account
from homeroom.kit.errors import Expected
from homeroom.kit.ids import token


class SignInRefusedError(Expected):
    """The address or the password will not do."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `homeroom admin` takes."""
    parser.add_argument("email", help="the address to sign in with")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--password-stdin", action="store_true", help="read the password from stdin")
    how.add_argument("--generate", action="store_true", help="make a password and print it")


def run(options: argparse.Namespace) -> int:
    """Make or reset the administrator; a password that we made up is printed once."""
    made_up = "" if options.password_stdin else _made_up(asks=not options.generate)
    password = made_up or _given(from_stdin=options.password_stdin)
    try:
        validate_email(options.email)
        validate_password(password)
    except ValidationError as refused:
        raise SignInRefusedError(" ".join(refused.messages)) from refused
    make_account(email=options.email, password=password, is_administrator=True)
    sys.stdout.write(f"{options.email} can sign in as administrator.\n")
    if made_up:
        sys.stdout.write(f"Password: {made_up}\n")
    return 0


def _made_up(*, asks: bool) -> str:
    """A password of 96 bits when nobody is there to be asked, else nothing."""
    return "" if asks and sys.stdin.isatty() else token(12)


def _given(*, from_stdin: bool) -> str:
    """What somebody types twice, or the first line of stdin."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise SignInRefusedError("The two passwords differ.")
    return password
