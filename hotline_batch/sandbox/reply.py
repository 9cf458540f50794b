"""What the sandbox answers: a status, headers and a body, in the shapes of n8n, of nginx and of Telegram."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

_JSON = (b"content-type", b"application/json; charset=utf-8")
_HTML = (b"content-type", b"text/html")


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer; header names in lower case. Length, date and keep-alive are added on the way out."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


def json_reply(value: Mapping[str, object] | list[object], status: int = 200) -> Reply:
    """An answer as n8n writes it: compact JSON, letters as they are, a lone surrogate as an escape."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Reply(status, body.encode("utf-8", "backslashreplace"), (_JSON,))


def html_reply(status: int, title: str) -> Reply:
    """An error page as nginx writes it."""
    page = (
        f"<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} {title}</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
    )
    return Reply(status, page.encode("ascii"), (_HTML,))


def too_many_requests(retry_after_seconds: int) -> Reply:
    """A 429 in Telegram's words, with the header that goes with it."""
    answer = json_reply(
        {
            "ok": False,
            "error_code": 429,
            "description": f"Too Many Requests: retry after {retry_after_seconds}",
            "parameters": {"retry_after": retry_after_seconds},
        },
        429,
    )
    return Reply(429, answer.body, (*answer.headers, (b"retry-after", str(retry_after_seconds).encode("ascii"))))
