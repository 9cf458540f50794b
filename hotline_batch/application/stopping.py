"""The wish to stop: whoever has it, the run heeds it at once and tears nothing."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from contextvars import copy_context
from types import FrameType
from typing import Any, TypeVar

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

    def heed(self) -> None:
        """Raise KeyboardInterrupt where somebody asked; for work that has nothing under way yet."""
        if self.asked:
            raise KeyboardInterrupt

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
    raised. Nor does it tear a transaction of the ledger, which would stay locked for everybody as long as somebody
    keeps the traceback, as notebooks do. The second time nobody waits for answers any more; the third time nobody waits
    at all, and the ledger tells the rest.
    """
    if threading.current_thread() is not threading.main_thread():
        return work(Stop())  # handlers never run here
    stop, done = Stop(), Future[Result]()

    def do() -> None:
        if not done.set_running_or_notify_cancel():
            return
        try:
            done.set_result(work(stop))
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            done.set_exception(error)

    thread = threading.Thread(target=copy_context().run, args=(do,), name="run", daemon=True)
    raised: BaseException | None = None
    for _ in range(_MOST_WISHES):
        try:
            if thread.ident is None and not done.cancelled():
                thread.start()
            while not done.done():
                wait([done], _LOOK_UP_EVERY_SECONDS)
            break
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised below
            raised = raised or error
            done.cancel()  # where it has not begun
            stop.ask()
    if raised is not None:
        raise raised
    return done.result()
