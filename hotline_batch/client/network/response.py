"""A socket -> the answer that comes over it: complete by its deadline or failed, and whether it stands alone."""

from __future__ import annotations

import http.client
import io
import socket
import sys
import time
from contextlib import suppress
from typing import Any

from hotline_batch.client.network.evidence import Exchange, Stage
from hotline_batch.language.words import words

if sys.platform == "linux":
    from fcntl import ioctl
    from termios import TIOCOUTQ

    _NONE = bytes(4)

    def is_all_acknowledged(sock: socket.socket) -> bool:
        """Whether the other side has confirmed every byte that was written; also where nobody can say.

        The kernel of whoever answers confirms what it read before or with the answer's first byte.
        """
        with suppress(OSError):
            if ioctl(sock.fileno(), TIOCOUTQ, bytes(4)) == _NONE:
                return True
            # Kernels that only act like Linux, as some containers have, may note it a moment after the data is there.
            time.sleep(0.001)
            return ioctl(sock.fileno(), TIOCOUTQ, bytes(4)) == _NONE
        return True

else:

    def is_all_acknowledged(_sock: socket.socket) -> bool:
        """Nobody can say here, so yes."""
        return True


class _TimedReader(io.RawIOBase):
    """Reads a socket, every single read bounded by what is left until the deadline.

    A read time-out alone does not bound an answer: a byte every quarter of a second keeps it open for ever.
    """

    def __init__(self, sock: socket.socket, exchange: Exchange) -> None:
        super().__init__()
        self.is_over = False
        self.was_early = False
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)  # holds the socket open as http.client expects
        self._exchange = exchange

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.is_over:
            return 0
        seconds_left = self._exchange.answer_deadline - time.monotonic()
        if seconds_left <= 0:
            raise TimeoutError(words("the answer was not complete in time"))
        self._sock.settimeout(seconds_left)
        count = self._sock.recv_into(buffer)
        self.was_early = not is_all_acknowledged(self._sock)
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client asks of a socket in order to read an answer."""
        return _AnswerReader(self, self._exchange)

    def is_more_there(self) -> bool:
        """Whether bytes wait at the socket; its end, a reset or TLS' own messages are none."""
        try:
            self._sock.settimeout(0)
            return bool(self._sock.recv(1))
        except OSError:
            return False

    def close(self) -> None:
        self._file.close()
        super().close()


class _AnswerReader(io.BufferedReader):
    """What http.client reads an answer from; it closes it where the answer ends."""

    def __init__(self, raw: _TimedReader, exchange: Exchange) -> None:
        super().__init__(raw)
        self._timed = raw
        self._exchange = exchange

    def close(self) -> None:
        if not self.closed:
            self._timed.is_over = True  # from here on, peek shows what was received already and reads no further
            exchange = self._exchange
            # Of the socket of a tunnel that is being made, TLS is to have every byte.
            is_request = exchange.stage is not Stage.NOT_STARTED
            exchange.more_followed = bool(self.peek(1)) or (is_request and self._timed.is_more_there())
            exchange.end()
        super().close()


class TimedResponse(http.client.HTTPResponse):
    """An answer that is complete by its deadline or fails; interim answers (103 Early Hints) are passed over."""

    def __init__(self, exchange: Exchange, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        exchange.start_waiting()
        self._exchange = exchange
        self._reader = _TimedReader(sock, exchange)
        super().__init__(self._reader, *args, **kwargs)  # type: ignore[arg-type]  # makefile is all that is asked of it

    def begin(self) -> None:
        """Read the head of the final answer."""
        super().begin()
        while 100 < self.status < 200 and self.status != http.client.SWITCHING_PROTOCOLS:
            self.headers = self.msg = None  # type: ignore[assignment]  # "not begun" to http.client
            super().begin()
        # Taken here and not with the first byte: an interim answer may well come before the body was read.
        self._exchange.answered_too_early = self._reader.was_early
