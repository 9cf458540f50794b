"""The wish to stop: whoever has it, the run heeds it at once and tears nothing."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from types import FrameType
from typing import Any, Generic, TypeVar

from hotline_batch.engine.clock import EventQueue
from hotline_batch.engine.session import HANDED_BACK, StopRequested, StopTold

Result = TypeVar("Result")

_LOOK_UP_EVERY_SECONDS = 0.5  # Windows wakes nobody from a wait without an end
_MOST_WISHES = 3
_HARD_EXIT_CODE = 130


class Stop(EventQueue[Any]):
    """Where a wish to stop is put; it remembers that there was one, also after a run took it out."""

    asked = False
    times_asked = 0

    def ask(self) -> None:
        """Ask whatever heeds this to end: nothing new is sent, what is on its way is awaited."""
        self.put(StopRequested())

    def put(self, event: Any) -> None:
        """Add an event; never waits."""
        if isinstance(event, StopRequested):
            self.asked = True
            self.times_asked += 1
        super().put(event)


class Leave(Stop):
    """A wish ends this process, but not its run: what is on its way is awaited, and whoever comes next goes on.

    Nor does a second one: a service manager tells every process, and so does the one that started this.
    """

    def put(self, event: Any) -> None:
        """Add an event; never waits."""
        super().put(StopTold(HANDED_BACK, "") if isinstance(event, StopRequested) else event)


@contextmanager
def stopped_by_signals() -> Iterator[Stop]:
    """Within: Ctrl-C and its relatives ask to stop. For the program alone, whose process this is."""
    stop = Stop()
    with stop_on_signals(stop):
        yield stop


@contextmanager
def stop_on_signals(inbox: EventQueue[Any]) -> Iterator[None]:
    """Within: SIGINT, SIGTERM and SIGHUP become events, on Windows Ctrl-Break and the end of the session, too.

    The third one ends the process at once.

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

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    # None: a handler that is not Python's, so that it could not be put back.
    heard = [number for number in numbers if signal.getsignal(number) not in {signal.SIG_IGN, None}]
    before = {number: signal.signal(number, ask) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def interruptible(work: Callable[[Stop], Result]) -> Result:
    """Do ``work``, which heeds a wish to stop, in a thread of its own, and wait for it here: a caller's process is his.

    No signal is caught. What the caller's own handlers raise meanwhile (KeyboardInterrupt, say) asks the run to stop
    instead of tearing it: nothing new is sent, what is on its way is awaited, the result sheet is written; then it is
    raised. The second time nobody waits for answers any more; the third time nobody waits at all, and the ledger tells
    the rest.
    """
    if threading.current_thread() is not threading.main_thread():
        return work(Stop())  # handlers never run here
    doing = _Doing(work)
    raised: BaseException | None = None
    for _ in range(_MOST_WISHES):
        try:
            doing.start()
            doing.wait()
            break
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised below
            raised = raised or error
            doing.stop()
    if raised is not None:
        raise raised
    return doing.result()


class _Doing(Generic[Result]):
    """Work that goes on in a thread, and how it ended."""

    def __init__(self, work: Callable[[Stop], Result]) -> None:
        self._work = work
        self._stop = Stop()
        self._results: list[Result] = []
        self._error: BaseException | None = None
        self._turn = threading.Lock()
        self._is_begun = self._is_called_off = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=copy_context().run, args=(self._do,), name="run", daemon=True)

    def start(self) -> None:
        """Begin, unless that was tried already."""
        if self._thread.ident is None and not self._is_called_off:
            self._thread.start()

    def wait(self) -> None:
        """Until it ended, or never will begin."""
        while not (self._ended.is_set() or self._is_called_off):
            self._ended.wait(_LOOK_UP_EVERY_SECONDS)

    def stop(self) -> None:
        """Ask it to end, or not to begin."""
        with self._turn:
            self._is_called_off = not self._is_begun
        self._stop.ask()

    def result(self) -> Result:
        """What it gave; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _do(self) -> None:
        with self._turn:
            self._is_begun = not self._is_called_off
        if not self._is_begun:
            return
        try:
            self._results.append(self._work(self._stop))
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            self._error = error
        finally:
            self._ended.set()
