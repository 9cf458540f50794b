"""What is handed in -> the same, refused where it is larger than may be."""

from __future__ import annotations

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from hotline_batch.application.drafts.upload import LARGEST_UPLOAD_BYTES

LARGEST_EXPORT: Final = 2 * 1024 * 1024 * 1024
"""Bytes of an export of a group: of some million messages."""

_FORM_AROUND_IT = 64 * 1024
_LARGEST_FORM = 2 * 1024 * 1024
_EXPORTS = re.compile("/runs/[^/]+/evidence")
# A new sheet, and another one in its place; besides an export, nothing else that is handed in is a file.
_UPLOADS = re.compile(r"/sheets(?:/[^/]+/file)?")
# So much is read and dropped before the refusal: a browser shows no answer to what it is still sending.
_DROPPED_AT_MOST = 10 * LARGEST_UPLOAD_BYTES


class TooLarge(Exception):
    """More was handed in than may be."""


def largest_for(path: str) -> int:
    """How many bytes may be handed in at an address."""
    if _EXPORTS.fullmatch(path):
        return LARGEST_EXPORT + _FORM_AROUND_IT
    return LARGEST_UPLOAD_BYTES + _FORM_AROUND_IT if _UPLOADS.fullmatch(path) else _LARGEST_FORM


def says_too_large(headers: Headers, most: int) -> bool:
    """Whether a request says by itself that it is larger."""
    told = headers.get("content-length", "0")
    return not told.isdecimal() or int(told) > most


def at_most(receive: Receive, most: int) -> Receive:
    """The same, raising TooLarge once, where more comes than was said; what comes then can be dropped."""
    taken, is_told = 0, False

    async def receive_some() -> Message:
        nonlocal taken, is_told
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most and not is_told:
            is_told = True
            raise TooLarge
        return message

    return receive_some


async def drop_the_rest(receive: Receive) -> None:
    """Read on, up to a bound, and keep nothing."""
    dropped = 0
    while dropped <= _DROPPED_AT_MOST:
        message = await receive()
        dropped += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return
