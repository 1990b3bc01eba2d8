"""The command `homeroom serve`: pages, the API and notices on one port."""

import argparse
import logging
import os
import socket

from granian import Granian  # type: ignore[attr-defined,unused-ignore]
from granian.constants import Interfaces
from granian.log import LogLevels

from homeroom import config
from homeroom.kit.errors import Expected

PROXIES = config.env(
    "HOMEROOM_PROXIES", int, 0, "how many of your own proxies stand in front and may say who calls"
)

OPEN_PAGES = 20_000
"""Connections that one worker keeps open at once: each open page holds one."""

MAIN = "HOMEROOM_MAIN"
"""Where the main process tells its workers who it is: they end with it."""


class PortTakenError(Expected):
    """Somebody else listens where we should."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `homeroom serve` takes."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8765, help="port to listen on (8765)")
    parser.add_argument("--workers", type=int, default=1, help="processes (1)")
    parser.add_argument("--threads", type=int, default=8, help="pages at once per process (8)")


def run(options: argparse.Namespace) -> int:
    """Serve until told to stop; requests under way are finished."""
    check_free(options.host, options.port)
    os.environ["HOMEROOM_THREADS"] = str(options.threads)
    os.environ[MAIN] = str(os.getpid())
    config.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    logging.getLogger("_granian").setLevel(logging.WARNING)
    Granian(
        "homeroom.web.server:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.RSGI,
        factory=True,
        workers=options.workers,
        websockets=False,
        backlog=2048,
        backpressure=OPEN_PAGES,
        respawn_failed_workers=True,
        workers_kill_timeout=15,
        log_level=LogLevels.warning,
        process_name=None,
    ).serve()
    return 0


def check_free(host: str, port: int) -> None:
    """Raise PortTakenError when nobody could listen at this address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise PortTakenError(
                f"Homeroom cannot listen at {host} port {port} ({why}): choose another with --port."
            ) from error
