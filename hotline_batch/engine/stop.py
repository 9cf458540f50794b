"""Ctrl-C and its relatives -> an event in the engine's inbox: nothing is torn, nothing new starts."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

from hotline_batch.engine.clock import EventQueue

_HARD_EXIT_CODE = 130


@dataclass(frozen=True, slots=True)
class StopRequested:
    """A person, or the machine, asked the program to stop."""


@contextmanager
def stop_on_signals(inbox: EventQueue[Any]) -> Iterator[None]:
    """Within: SIGINT, SIGTERM and SIGHUP become events. The third one ends the process at once.

    For the program alone: signals belong to whoever owns the process, which a library never does. What the parent had
    this process ignore stays ignored, as under ``nohup`` and behind ``&``. Outside the main thread nothing is changed,
    since signals never arrive there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = 0

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked += 1
        if asked > 2:
            os._exit(_HARD_EXIT_CODE)  # the ledger holds the truth at every moment
        inbox.put(StopRequested())  # which may be interrupted by itself without a deadlock

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    # None: a handler that is not Python's, so that it could not be put back.
    heard = [number for number in numbers if signal.getsignal(number) not in {signal.SIG_IGN, None}]
    before = {number: signal.signal(number, ask) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
