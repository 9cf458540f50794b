"""A worker as one of several machines: drives a few lanes of a run, each in a thread of its own, until the run ends.

``python -m tests.support.processes.lane_worker RUN LANES LEASE AHEAD``: so many lanes at once; a lease of so many
seconds, so that a test need not wait for the real one; a clock on the wall that is so many seconds ahead. A signal has
it leave its lanes to others.
"""

from __future__ import annotations

import faulthandler
import signal
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from hotline_batch.application.runs.driving import Watcher, drive_lanes
from hotline_batch.application.stopping import Leave, Stop, stopped_by_signals
from hotline_batch.errors import HotlineBatchError, LedgerError
from hotline_batch.ledger.lanes.runs import waiting_runs
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.runs import RunState
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from tests.support.processes.quick_worker import shorten

_LOOK_EVERY_SECONDS = 0.1


@dataclass(slots=True)
class _Driven:
    """A lane (None: what is left of the run as a whole) that this process drives."""

    settings: Settings
    run_id: str
    name: str | None
    stop: Stop = field(default_factory=Leave)

    def drive(self) -> None:
        try:
            with Ledger(self.settings.ledger) as ledger:
                lanes = None if self.name is None else [self.name]
                drive_lanes(ledger, self.run_id, self.settings, lanes=lanes, watcher=Watcher(stop=self.stop))
        except HotlineBatchError as error:
            sys.stderr.write(f"{self.name}: {type(error).__name__}: {error}\n")


def main() -> None:
    """Until the run has ended, whoever ended it, or a signal came."""
    run_id, most, lease, ahead = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    shorten(lease)
    if hasattr(signal, "SIGUSR1"):
        faulthandler.register(signal.SIGUSR1)  # for whoever has to find out why it does not end
    if ahead:
        real = time.time
        time.time = lambda: real() + ahead
    with stopped_by_signals() as stop:
        _serve(run_id, most, stop)


def _serve(run_id: str, most: int, stop: Stop) -> None:
    settings = load_settings()
    driven: dict[str, tuple[_Driven, threading.Thread]] = {}
    with Ledger(settings.ledger) as ledger:
        while not stop.asked:
            driven = {name: found for name, found in driven.items() if found[1].is_alive()}
            try:
                wanted = _wanted(ledger, run_id)
            except LedgerError as error:  # its server starts anew, or is out of reach
                sys.stderr.write(f"{error}\n")
                wanted = ()
            if wanted is None and not driven:
                return
            for name in wanted or ():
                if len(driven) < most and name not in driven:
                    lane = _Driven(settings, run_id, name or None)
                    thread = threading.Thread(target=lane.drive, daemon=True)
                    driven[name] = (lane, thread)
                    thread.start()
            stop.receive(_LOOK_EVERY_SECONDS)
    for lane, _ in driven.values():
        lane.stop.ask()
    for _, thread in driven.values():
        thread.join()


def _wanted(ledger: Ledger, run_id: str) -> Sequence[str] | None:
    """The lanes that wait for a worker; None once the run has ended, or a person has stopped it.

    One whose workers died only looks like it was stopped.
    """
    run = ledger.run(run_id)
    if run.state not in {RunState.RUNNING, RunState.INTERRUPTED} or run.stop_code:
        return None
    return [name for found in waiting_runs(ledger) for name in found.lanes or [""]]


if __name__ == "__main__":
    main()
