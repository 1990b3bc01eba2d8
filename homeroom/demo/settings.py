"""What the simulator is told: where the district is and how its day goes."""

import argparse
import json
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the district is and how its day goes; `speed` is simulated seconds a second."""

    folder: Path
    lmtp: str
    http: str
    sink: str = "127.0.0.1:0"
    day: date
    starts: time = time(6, 30)
    ends: time = time(18, 0)
    days: int = 1
    speed: float = 60.0
    rate: float = 1.0
    per_minute: float = 60.0
    typing: float = 2.5
    """Real seconds between opening the front door's form and sending it."""
    seed: int = 1
    incident: str = ""
    sign_ins: tuple[tuple[str, str], ...] = ()


def host_port(address: str) -> tuple[str, int]:
    """The two halves of host:port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]") or "127.0.0.1", int(port)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the simulator takes."""
    parser.add_argument("folder", type=Path, help="the district folder")
    parser.add_argument("--lmtp", required=True, help="host:port of `homeroom lmtp`")
    parser.add_argument("--http", required=True, help="address of the pages")
    parser.add_argument("--sink", default="127.0.0.1:0", help="where to take outgoing mail")
    parser.add_argument("--day", type=date.fromisoformat, help="the simulated day (today)")
    parser.add_argument("--from", dest="starts", type=time.fromisoformat, default=time(6, 30))
    parser.add_argument("--until", dest="ends", type=time.fromisoformat, default=time(18, 0))
    parser.add_argument("--days", type=int, default=1, help="how many days; 0 means no end")
    parser.add_argument("--speed", type=float, default=60.0, help="simulated seconds a second")
    parser.add_argument("--rate", type=float, default=1.0, help="times the usual volume")
    parser.add_argument("--per-minute", type=float, default=60.0, help="acts a real minute at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--incident", default="", help="a disruption that happens for certain")
    parser.add_argument(
        "--sign-ins", type=Path, help="JSON: who works at the desk (is_at_desk), email and password"
    )


def settings_of(options: argparse.Namespace) -> Settings:
    """The settings that those arguments mean."""
    return Settings(
        folder=options.folder,
        lmtp=options.lmtp,
        http=options.http.rstrip("/"),
        sink=options.sink,
        day=options.day or datetime.now(tz=ZoneInfo("UTC")).date(),
        starts=options.starts,
        ends=options.ends,
        days=options.days,
        speed=options.speed,
        rate=options.rate,
        per_minute=options.per_minute,
        seed=options.seed,
        incident=options.incident,
        sign_ins=_at_desk(options.sign_ins) if options.sign_ins else (),
    )


def _at_desk(path: Path) -> tuple[tuple[str, str], ...]:
    """Address and password of everyone who works at the desk; a command line would show them."""
    known = json.loads(path.read_text(encoding="utf-8"))
    return tuple((one["email"], one["password"]) for one in known if one.get("is_at_desk"))
