"""A WSGI environment out of an RSGI scope."""

import sys
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from homeroom.web.server import Scope

_FORWARDED = ("forwarded", "x-forwarded-", "x-real-ip", "x-client-ip")


def header(scope: "Scope", name: str) -> str:
    """The value of one header, or an empty string."""
    return scope.headers.get(name, "") or ""


def environ(scope: "Scope", body: IO[bytes], size: int, *, proxies: int) -> dict[str, object]:
    """What Django reads of a request.

    What a proxy says of the caller counts only when `proxies` of them are said to stand in front;
    anybody can write such headers. Names with an underscore are dropped: as HTTP_… they could
    not be told from those with a hyphen.
    """
    host, _, port = scope.server.rpartition(":")
    client = scope.client.rpartition(":")[0].strip("[]")
    found: dict[str, object] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # Granian has unquoted it; WSGI wants its bytes in a str of code points below 256.
        "PATH_INFO": scope.path.encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host.strip("[]") or "localhost",
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": client,
        "CONTENT_LENGTH": str(size),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" not in name and not name.startswith(_FORWARDED):
            _add(found, name, value)
    if scope.authority and "HTTP_HOST" not in found:
        found["HTTP_HOST"] = scope.authority
    if proxies:
        _believe(found, scope, proxies)
    return found


def _add(found: dict[str, object], name: str, value: str) -> None:
    if name == "content-type":
        found["CONTENT_TYPE"] = value
    elif name != "content-length":
        key = "HTTP_" + name.upper().replace("-", "_")
        between = "; " if name == "cookie" else ","
        found[key] = f"{found[key]}{between}{value}" if key in found else value


def _believe(found: dict[str, object], scope: "Scope", proxies: int) -> None:
    """Take address and scheme from the outermost of our own proxies."""
    said = [value for name, value in scope.headers.items() if name == "x-forwarded-for"]
    hops = [hop.strip() for hop in ",".join(said).split(",") if hop.strip()]
    if len(hops) >= proxies:
        found["REMOTE_ADDR"] = hops[-proxies]
    scheme = header(scope, "x-forwarded-proto").rpartition(",")[2].strip().lower()
    if scheme in {"http", "https"}:
        found["wsgi.url_scheme"] = scheme
