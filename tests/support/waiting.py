"""Waiting for what happens in other processes and threads, for a bounded time."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

_LOOK_EVERY_SECONDS = 0.05


def wait_until(
    is_so: Callable[[], bool], seconds: float = 180.0, told: Callable[[], object] = lambda: "it did not happen in time"
) -> None:
    """Wait until something is so; fails with what is ``told`` then where it does not become so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, told()
        Event().wait(_LOOK_EVERY_SECONDS)
