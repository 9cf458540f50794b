"""A port of this machine -> a socket that listens there, for this machine alone."""

from __future__ import annotations

import os
import socket
from contextlib import suppress

from hotline_batch.errors import SettingsError
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.web.site import HOST

_BACKLOG = 128


def listen(port: int | None, last: int) -> socket.socket:
    """Listen on ``port``; without one where it was last, so that open pages and bookmarks hold, else anywhere.

    SettingsError where the port that was asked for is taken.
    """
    if port:
        try:
            return _listen(port)
        except OSError as error:
            raise SettingsError(
                words(
                    "The page cannot be served on port {port}: {reason}. Choose another port.",
                    port=port,
                    reason=reason_of(error),
                )
            ) from None
    if last:
        with suppress(OSError):
            return _listen(last)
    return _listen(0)


def _listen(port: int) -> socket.socket:
    # asyncio sends small packets at once only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name != "nt":
            # Elsewhere than on Windows this lets a restart have the port back at once, and nobody share it.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
