"""RFC 3676 format=flowed, put back into paragraphs."""

import re

_QUOTES = re.compile(r">*")


def unflow(text: str, *, delete_space: bool = False) -> str:
    """The text with flowed lines joined and space-stuffing undone; quote marks stay."""
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = _QUOTES.match(line).end()  # type: ignore[union-attr]
        body = line[depth:]
        body = body.removeprefix(" ")
        is_signature = body == "-- "
        flows = body.endswith(" ") and not is_signature
        if delete_space and flows:
            body = body[:-1]
        if open_depth == depth and not is_signature:
            out[-1] += body
        else:
            out.append((">" * depth + " " if depth else "") + body)
        open_depth = depth if flows else -1
    return "\n".join(out)
