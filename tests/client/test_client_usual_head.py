"""The quick reading of an answer's head says what the library's reading says, or nothing."""

from __future__ import annotations

import io
from http.client import HTTPException, HTTPResponse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.client.usual_head import usual_head

GOOD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 11\r\n"
    b"Date: Tue, 24 Nov 2026 18:04:12 GMT\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n"
)
PIECES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK", b"HTTP/1.1 200", b"HTTP/1.0 200 OK", b"HTTP/1.1 204 No Content", b"HTTP/1.1 304 Not There",
        b"HTTP/1.1 429 Too Many Requests", b"HTTP/1.1 500  Error ", b"HTTP/1.1 103 Early Hints", b"HTTP/1.1 100 Go on",
        b"HTTP/1.1 2000 OK", b"HTTP/2 200", b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"Content-Length: 11",
        b"content-length:3", b"Content-Length: 007 ", b"Content-Length: -1", b"Content-Length: 1_0", b"Content-Length:",
        b"Content-Length: 99999999", b"Transfer-Encoding: chunked", b"Connection: close", b"Connection: Keep-Alive",
        b"Connection: keep-alive, close", b"Keep-Alive: timeout=5", b"Retry-After: 3", b" folded", b"\tfolded", b"word",
        b"Bad Name: x", b"X-Empty:", b"X-Tail: x \t ", b"X-\xff: 1", b"X-High: \xe9", b":", b"From x", b"X-Nul: \x00",
    ]
)  # fmt: skip


class OfBytes:
    """A socket as far as http.client asks for one."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(io.BytesIO(self._data))  # type: ignore[arg-type]  # raw enough


def as_the_library_reads(data: bytes) -> HTTPResponse | None:
    response = HTTPResponse(OfBytes(data), method="POST")  # type: ignore[arg-type]  # see there
    try:
        response.begin()
    except (HTTPException, ConnectionError):
        return None
    return response


def assert_same(data: bytes) -> None:
    usual = usual_head(data)
    if usual is None:
        return
    library = as_the_library_reads(data)
    assert library is not None
    assert (usual.status, usual.reason, usual.length) == (library.status, library.reason, library.length)
    assert (False, False, 11) == (library.chunked, library.will_close, library.version)
    assert usual.fields.items() == library.headers.items()
    assert data[usual.size :] == library.fp.read()


def test_the_head_that_servers_give_is_read_at_once() -> None:
    """Status, length and fields are there, and the body begins behind it."""
    usual = usual_head(GOOD + b'{"a": "bc"}')

    assert usual is not None
    assert (200, "OK", 11, len(GOOD)) == (usual.status, usual.reason, usual.length, usual.size)
    assert usual.fields["keep-alive"] == "timeout=5"
    assert_same(GOOD + b'{"a": "bc"}')


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD[:-2],
        GOOD.replace(b"HTTP/1.1", b"HTTP/1.0"),
        GOOD.replace(b" 200 OK", b" 204 No Content"),
        GOOD.replace(b"keep-alive\r\n", b"close\r\n"),
        GOOD.replace(b"Date:", b"Transfer-Encoding: chunked\r\nDate:"),
        GOOD.replace(b"Date:", b"Content-Length: 12\r\nDate:"),
        GOOD.replace(b"Content-Length: 11\r\n", b""),
        GOOD.replace(b"\r\nDate:", b"\r\n folded\r\nDate:"),
    ],
)
def test_every_other_head_is_left_to_the_library(data: bytes) -> None:
    """Cut, old, without a body, closing, chunked, twice or not at all measured, folded."""
    assert usual_head(data) is None


@given(st.lists(PIECES, max_size=12).map(b"".join), st.binary(max_size=5))
def test_what_is_read_at_once_means_the_same_to_the_library(head: bytes, body: bytes) -> None:
    """Whatever pieces come together."""
    assert_same(head + b"\r\n\r\n" + body)


@given(st.integers(0, len(GOOD) - 1), st.sampled_from(b"\r\n\t :,;0129aZ\x00\x7f\x80\xff"), st.booleans())
def test_one_wrong_byte_changes_neither_reading_alone(place: int, byte: int, replaces: bool) -> None:
    """A byte more, or another one, anywhere in a good head."""
    assert_same(GOOD[:place] + bytes([byte]) + GOOD[place + replaces :] + b"{}")
