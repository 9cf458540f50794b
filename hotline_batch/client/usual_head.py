"""The first bytes of an answer -> its head, where it has the form that servers usually give it.

The library's own reading of a head takes any form that was ever seen, by the means of a mail reader, and costs a fifth
of a whole request. What is read here means the same to both, which a test holds against each other; anything else is
left to the library.
"""

from __future__ import annotations

import re
from http.client import HTTPMessage
from typing import NamedTuple

_HEAD = re.compile(
    rb"HTTP/1\.1 ([2-5][0-9][0-9])(?: ([\x20-\x7e]*))?"
    rb"((?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e]*){1,50})\r\n\r\n"
)
_LENGTH = re.compile(r"[0-9]{1,7}", re.ASCII)
_WITHOUT_BODY = {204, 304}


class UsualHead(NamedTuple):
    """``size`` bytes that say: HTTP/1.1, a body of ``length`` bytes, and the connection stays open after it."""

    size: int
    status: int
    reason: str
    fields: HTTPMessage
    length: int


def usual_head(received: bytes) -> UsualHead | None:
    """The head at the start of ``received``; None where it is not there whole, or not of the usual form."""
    found = _HEAD.match(received)
    if found is None:
        return None
    status = int(found[1])
    fields = HTTPMessage()
    length = ""
    for line in found[3].decode("ascii").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        value = value.lstrip(" \t")
        fields.set_raw(name, value)
        match name.lower():
            case "content-length" if length:
                return None
            case "content-length":
                length = value
            case "transfer-encoding":
                return None
            case "connection" if value.lower() != "keep-alive":
                return None
            case _:
                continue
    if status in _WITHOUT_BODY or not _LENGTH.fullmatch(length):
        return None
    return UsualHead(found.end(), status, (found[2] or b"").decode("ascii").strip(), fields, int(length))
