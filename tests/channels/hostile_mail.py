"""Mail made to hurt its reader: `generate` yields as many as asked for, the same for one seed."""

import base64
import io
import random
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent / "mail"
Kind = Callable[[random.Random], bytes]


def head(subject: str = "test", *lines: bytes) -> bytes:
    """A header block without its blank line."""
    first = f"From: Ana Flores <ana@example.org>\r\nTo: help@district.example\r\nSubject: {subject}"
    return b"\r\n".join([first.encode(), b"Message-ID: <hostile@example.org>", *lines, b""])


def mixed(boundary: bytes = b"x") -> bytes:
    """A multipart/mixed header block with its blank line."""
    return head("mixed", b'Content-Type: multipart/mixed; boundary="' + boundary + b'"') + b"\r\n"


def deep_nesting(rng: random.Random) -> bytes:
    depth = rng.choice([60, 150, 1_000, 10_000])
    inner = b"".join(
        b'--%d\r\nContent-Type: multipart/mixed; boundary="%d"\r\n\r\n' % (n, n + 1)
        for n in range(depth)
    )
    return mixed(b"0") + inner + b"--%d\r\n\r\ndeep\r\n" % depth


def same_boundary_nesting(rng: random.Random) -> bytes:
    one = b'--x\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n'
    return mixed() + one * rng.randint(50, 20_000) + b"--x\r\n\r\ncore\r\n--x--\r\n"


def nested_messages(rng: random.Random) -> bytes:
    depth = rng.randint(20, 3_000)
    return b"".join([head("n", b"Content-Type: message/rfc822") + b"\r\n"] * depth) + b"core\r\n"


def many_parts(rng: random.Random) -> bytes:
    part = rng.choice([b"--x\r\n\r\na\r\n", b"--x\r\n", b"--x\r\nA: b\r\n", b"--x\r\n\r\n"])
    return mixed() + part * 50_000 + b"--x--\r\n"


def encoded_words(rng: random.Random) -> bytes:
    word = rng.choice(
        [b" =?utf-8?q?a?=", b" =?utf-8?b?YQ?=", b"=?a?q?", b" =?iso-2022-jp?B?GyRC?="]
    )
    return head("s", b"Subject: " + word * 20_000, b"Comments: " + word * 20_000) + b"\r\nbody\r\n"


def quotes_in_from(rng: random.Random) -> bytes:
    mark = rng.choice(
        [b'"', b'\\"', b"(", b"<", b'"" ', b"<>", b"@", b"a@b,", b":", b";", b"[", b"\\"]
    )
    return b"From: " + mark * 20_000 + b" <ana@example.org>\r\nSubject: q\r\n\r\nbody\r\n"


def many_headers(rng: random.Random) -> bytes:
    line = rng.choice(
        [b"X-A: b\r\n", b"A:\r\n", b"Received: from a by b\r\n", b" c\r\n", b"Subject: x\r\n"]
    )
    return head() + line * 100_000 + b"Date: Tue, 24 Nov 2026 09:00:00 +0000\r\n\r\nbody\r\n"


def long_header(rng: random.Random) -> bytes:
    name = rng.choice(
        [b"Subject", b"X-Long", b"References", b"To", b"Content-Type", b"DKIM-Signature"]
    )
    filler = rng.choice([b"y", b"<a@b> ", b"a@b.example, ", b";a=b", b" \r\n ", b"\xe9", b"=?"])
    return head("l", name + b": " + filler * (1_000_000 // len(filler))) + b"\r\nbody\r\n"


def many_parameters(rng: random.Random) -> bytes:
    form = rng.choice(
        [b"; a%d=b", b"; name*%d=x", b'; n%d="', b"; name*%d*=%%41", b";%d", b"; a%d=\\"]
    )
    return (
        head("p", b"Content-Type: text/plain" + b"".join(form % n for n in range(5_000)))
        + b"\r\nhi\r\n"
    )


def nul_bytes(rng: random.Random) -> bytes:
    raw = bytearray(
        head("nul \0 here", b"X: \0") + b"\r\nbody \0 here\r\n" + b"\0" * rng.randint(1, 9_999)
    )
    raw[rng.randrange(len(raw))] = 0
    return bytes(raw)


def unknown_charset(rng: random.Random) -> bytes:
    names = [b"no-such", b"idna", b"punycode", b"rot13", b"zlib", b"unicode_escape", b"utf-7", b"utf-16",
             b"x" * 5_000, b"../../etc", b"undefined", b"utf-32", b"hz", b"\xff", b"cp037", b"mbcs", b"base64"]  # fmt: skip
    name = rng.choice(names)
    return (
        head("c", b"Content-Type: text/plain; charset=" + name, b"Comments: =?" + name[:50] + b"?q?=E9=?=")
        + b"\r\n" + rng.randbytes(rng.choice([10, 5_000, 200_000]))
    )  # fmt: skip


def no_headers(rng: random.Random) -> bytes:
    return rng.choice([b"", b"\r\n" * 5_000, b"only text\r\n" * 9, b":\r\n" * 99_999, b" \t\r\n" * 9_999,
                       b"\xef\xbb\xbf\r\n", rng.randbytes(50_000), b"a" * 2_000_000])  # fmt: skip


def missing_boundary(rng: random.Random) -> bytes:
    kind = rng.choice([b"multipart/mixed", b'multipart/mixed; boundary=""', b"multipart/mixed; boundary=y",
                       b'multipart/alternative; boundary="', b"multipart/mixed; boundary=" + b"b" * 9_000])  # fmt: skip
    return (
        head("b", b"Content-Type: " + kind)
        + b"\r\n--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n--x--\r\n" * 50
    )


def almost_boundaries(rng: random.Random) -> bytes:
    line = rng.choice([b"--x-\r\n", b"--\r\n", b"--" + b"x" * 250 + b"\r\n", b"--X\r\n", b"\n--x"])
    return mixed() + line * (2_000_000 // len(line))


def very_large(rng: random.Random) -> bytes:
    size = 25 * 1024 * 1024
    body = rng.choice(["base64", "text", "line", "html", "qp", "breaks", "8bit"])
    if body == "base64":
        packed = base64.encodebytes(rng.randbytes(size * 3 // 4))
        head_of_file = (
            b"--x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        )
        return mixed() + b"--x\r\n\r\nsee file\r\n" + head_of_file + packed + b"\r\n--x--\r\n"
    extra, unit = {
        "text": (b"text/plain", b"all the same words again and again\r\n"), "line": (b"text/plain", b"a"),
        "html": (b"text/html", b"<p>a</p>"), "qp": (b"text/plain", b"=C3=A9"), "breaks": (b"text/plain", b"\n"),
        "8bit": (b"text/plain; charset=utf-8", b"\xe9a"),
    }[body]  # fmt: skip
    coding = b"quoted-printable" if body == "qp" else b"8bit"
    lines = (b"Content-Type: " + extra, b"Content-Transfer-Encoding: " + coding)
    return head("big", *lines) + b"\r\n" + unit * (size // len(unit))


def base64_garbage(rng: random.Random) -> bytes:
    garbage = rng.choice(
        [rng.randbytes(200_000), b"=" * 100_000, b"A" * 100_001, b"A=B=" * 50_000, b"!@#"]
    )
    coding = rng.choice(
        [b"base64", b"uuencode", b"x-uuencode", b"quoted-printable", b"8bit;base64"]
    )
    return head("g", b"Content-Transfer-Encoding: " + coding) + b"\r\n" + garbage


def uuencoded(rng: random.Random) -> bytes:
    return (
        head("uu")
        + b"\r\n"
        + rng.choice([b"begin 644 a\r\n", b"begin 644 a\r\nM\r\n", b"begin 644 a\r\n`\r\n"])
        * 50_000
    )


def long_lines(rng: random.Random) -> bytes:
    unit = rng.choice(
        ["a", "á ", ">", "> ", "on 1:00 wrote: ", "a@b.c ", "-", "_", ": ", "From: ", "😀"]
    )
    return (
        head("ll", b"Content-Type: text/plain; charset=utf-8")
        + b"\r\n"
        + (unit * (1_000_000 // len(unit))).encode()
    )


def many_lines(rng: random.Random) -> bytes:
    unit = rng.choice(["\n", ">\n", "> a\n", "On 1 Jan 2026 at 1:00 x@y.z\n", "wrote:\n", "--\n", "From: a\n",
                       "From: a\nTo: b\n", "____________\n", "-Ana\n", "Sent from my\n", ":\n", "a:\n> b\nc\n"])  # fmt: skip
    return (
        head("ml", b"Content-Type: text/plain; format=flowed")
        + b"\r\n"
        + (unit * (900_000 // len(unit))).encode()
    )


def html_traps(rng: random.Random) -> bytes:
    unit = rng.choice(["<", "<a ", '<a "', "<!--", "<b>", "<blockquote>", "<div style='display:none'>", "<p>",
                       "<script>", "<table><tr><td>", "&amp;", "&#x", "<pre>\n", "<li>", "<a href='", "<style",
                       "<blockquote type=cite>a", "<div class=gmail_quote>", "<ol>", "</div>", "<td>a", "<a b='c>'"])  # fmt: skip
    return (
        head("h", b"Content-Type: text/html") + b"\r\n" + (unit * (1_000_000 // len(unit))).encode()
    )


def long_attributes(rng: random.Random) -> bytes:
    unit = rng.choice(["class=gmail ", "style=a:b; ", "a=b ", "'", '"', "a= ", "= "])
    return (
        head("h", b"Content-Type: text/html") + b"\r\n" + ("<div " + unit * 50_000 + ">hi").encode()
    )


def archive_bombs(rng: random.Random) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("zeros"), b"\0" * 30_000_000)
    tnef = b"\x78\x9f\x3e\x22" + b"\x00\x00\x02" + b"\xff\xff\xff\x7f" * 5_000
    kind, content = rng.choice(
        [(b"application/zip", packed.getvalue()), (b"application/ms-tnef", tnef)]
    )
    return (
        mixed() + b"--x\r\n\r\nsee\r\n--x\r\nContent-Transfer-Encoding: base64\r\nContent-Type: " + kind
        + b"\r\n\r\n" + base64.encodebytes(content) + b"--x--\r\n"
    )  # fmt: skip


def hostile_names(rng: random.Random) -> bytes:
    names = [b"../../etc/passwd", b"..\\..\\boot.ini", b"a" * 5_000 + b".txt", b"\0.txt", b"\r\nBcc: x@y.z",
             b"con.txt", b"=?utf-8?q?=0D=0AX:_y?=", "\u202egpj.exe".encode(), b"", b"/", b"."]  # fmt: skip
    name = rng.choice(names)
    return (
        mixed() + b'--x\r\nContent-Type: text/plain; name="' + name + b'"\r\nContent-Disposition: '
        b'attachment; filename="' + name + b'"\r\n\r\nx\r\n--x--\r\n'
    )  # fmt: skip


def smuggled_lines(rng: random.Random) -> bytes:
    word = rng.choice(
        [
            b"=?utf-8?q?a=0D=0ABcc:_x@y.z?=",
            b"a\rBcc: x@y.z",
            b"=?utf-8?b?Cg==?=",
            b"a\x0bb\x0cc\x85d",
        ]
    )
    return head("s", b"Subject: " + word, b"X-Note: " + word) + b"\r\nbody\r\n"


def delivery_reports(rng: random.Random) -> bytes:
    group = rng.choice(
        [
            b"Final-Recipient: rfc822;a@b.c\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n",
            b"\r\n",
            b"A: b\r\n",
            b" x\r\n",
        ]
    )
    kind = b'Content-Type: multipart/report; report-type=delivery-status; boundary="x"'
    return (
        head("r", kind)
        + b"\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        + group * 20_000
        + b"--x--\r\n"
    )


KINDS: Sequence[Kind] = (
    deep_nesting, same_boundary_nesting, nested_messages, many_parts, encoded_words, quotes_in_from,
    many_headers, long_header, many_parameters, nul_bytes, unknown_charset, no_headers,
    missing_boundary, almost_boundaries, base64_garbage, uuencoded, long_lines, many_lines,
    html_traps, long_attributes, archive_bombs, hostile_names, smuggled_lines, delivery_reports,
)  # fmt: skip


def mutated(rng: random.Random, originals: Sequence[bytes]) -> bytes:
    """A real message with bytes flipped, cut off, repeated, or spliced with another."""
    raw = bytearray(rng.choice(originals))
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(raw)) if raw else 0
        match rng.randrange(6):
            case 0:
                raw[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del raw[at : at + rng.randint(1, 400)]
            case 2:
                raw[at:at] = raw[at : at + rng.randint(1, 400)] * rng.randint(1, 20)
            case 3:
                other = rng.choice(originals)
                raw = raw[:at] + other[rng.randrange(len(other) + 1) :]
            case 4:
                raw[at:at] = rng.choice(
                    [b"\0", b"\r", b"\n\n", b"\r\n--", b'"', b"=?", b"\xff\xfe", b"; ", b"<"]
                )
            case _:
                raw = raw.replace(b"\r\n", rng.choice([b"\n", b"\r", b"\r\r\n", b"\r\n"]))
    return bytes(raw)


def generate(n: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """`n` hostile messages with the name of their kind; the same for the same seed.

    Four in ten are mutations of the fixtures beside this file; about one in a hundred is 25 MB.
    """
    originals = [path.read_bytes() for path in sorted(HERE.glob("*.eml"))]
    for number in range(n):
        rng = random.Random(f"{seed}/{number}")
        if number % 100 == 99:
            yield "very_large", very_large(rng)
        elif number % 5 in (1, 3) and originals:
            yield "mutated", mutated(rng, originals)
        else:
            kind = KINDS[(number // 5 * 3 + (0, 0, 1, 1, 2)[number % 5]) % len(KINDS)]
            yield kind.__name__, kind(rng)
