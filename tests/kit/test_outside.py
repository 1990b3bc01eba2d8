"""Addresses that people type are read from the open web, or from a host that is named, or not."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from homeroom.kit import outside


class Site(BaseHTTPRequestHandler):
    """A small site on this machine."""

    seen: list[dict[str, str]] = []

    def do_GET(self) -> None:
        self.seen.append({**dict(self.headers), "path": self.path})
        port = self.server.server_address[1]
        answers = {
            "/loop": (302, {"Location": "/loop"}, b""),
            "/away": (302, {"Location": f"http://127.0.0.1:{port}/secret"}, b""),
            "/meta": (301, {"Location": "http://169.254.169.254/latest/"}, b""),
            "/file": (302, {"Location": "file:///etc/passwd"}, b""),
            "/here": (302, {"Location": "feed"}, b""),
            "/broken": (500, {}, b"secret words of the other side"),
            "/gzip": (200, {"Content-Encoding": "gzip"}, b"x"),
            "/large": (200, {}, b"x" * 3_000),
        }
        status, headers, body = answers.get(self.path, (200, {"ETag": '"1"'}, b"words"))
        if self.path == "/feed" and self.headers.get("If-None-Match") == '"1"':
            status, body = 304, b""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize(
    "number",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1"),
        *("::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "ff02::1"),
    ],
)
def test_no_number_of_the_inside_is_public_however_it_is_wrapped(number: str) -> None:
    assert not outside.is_public(number)


@pytest.mark.parametrize("number", ["93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_numbers_of_the_open_web_are_public(number: str) -> None:
    assert outside.is_public(number)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "file:///etc/passwd",
            "ftp://a.example/x",
            "gopher://a.example",
            "//a.example",
            "a.example",
        ),
        *(
            "http://",
            "http://user:word@a.example/",
            "http://a.example:99999/",
            "http://a\n.example/",
        ),
        *("javascript:x", "data:text/plain,x", "https://a.example/" + "x" * 3_000, "http://[::1"),
    ],
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(outside.Refused):
        outside.check(url)
    with pytest.raises(outside.Refused):
        outside.fetch(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_this_machine_is_not_read_unless_it_is_named(site: str, host: str) -> None:
    before = len(Site.seen)
    with pytest.raises(outside.Refused, match="not on the open web"):
        outside.fetch(f"http://{host}:{site.rpartition(':')[2]}/feed")
    assert len(Site.seen) == before


def test_a_named_host_is_read_under_its_own_name(site: str) -> None:
    found = outside.fetch(f"{site}/here#part", inside=["LOCALHOST"])
    assert (found.content, found.etag) == (b"words", '"1"')
    assert Site.seen[-1]["path"] == "/feed"
    assert Site.seen[-1]["Host"] == site.removeprefix("http://")


def test_what_has_not_changed_is_not_read_again(site: str) -> None:
    assert outside.fetch(f"{site}/feed", inside=["localhost"], etag='"1"').is_same
    assert not outside.fetch(f"{site}/feed", inside=["localhost"], etag='"0"').is_same


@pytest.mark.parametrize("path", ["/away", "/meta", "/file", "/loop"])
def test_nobody_outside_sends_us_elsewhere(site: str, path: str) -> None:
    with pytest.raises(outside.Refused):
        outside.fetch(f"{site}{path}", inside=["localhost"])
    assert Site.seen[-1]["path"] != "/secret"


def test_an_answer_that_is_none_is_told_without_its_words(site: str) -> None:
    for path in ("/broken", "/gzip"):
        with pytest.raises(outside.Away) as error:
            outside.fetch(f"{site}{path}", inside=["localhost"])
        assert "secret" not in str(error.value)


def test_an_answer_without_end_is_cut_off(site: str) -> None:
    with pytest.raises(outside.Refused, match="more than"):
        outside.fetch(f"{site}/large", inside=["localhost"], most=2_000)


def test_nobody_there_is_tried_again_later() -> None:
    with pytest.raises(outside.Away):
        outside.fetch("http://localhost:1/", inside=["localhost"])
