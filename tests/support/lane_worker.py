"""A worker as one of several machines: drives a few lanes of a run, each in a thread of its own, until the run ends.

``python -m tests.support.lane_worker RUN LANES LEASE AHEAD``: so many lanes at once; a lease of so many seconds, so
that a test need not wait for the real one; a clock on the wall that is so many seconds ahead.
"""

from __future__ import annotations

import sys
import threading
import time

from hotline_batch.application.runs.driving import drive_lanes
from hotline_batch.errors import HotlineBatchError, LedgerError
from hotline_batch.ledger.lanes.runs import waiting_runs
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.runs import RunState
from hotline_batch.settings.load import load_settings
from tests.support.quick_worker import shorten


def main() -> None:
    """Until the run has ended, whoever ended it."""
    run_id, most, lease, ahead = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
    shorten(lease)
    if ahead:
        real = time.time
        time.time = lambda: real() + ahead
    settings = load_settings()
    threads: dict[str, threading.Thread] = {}

    def drive(name: str | None) -> None:
        try:
            with Ledger(settings.ledger) as ledger:
                drive_lanes(ledger, run_id, settings, lanes=None if name is None else [name])
        except HotlineBatchError as error:
            sys.stderr.write(f"{name}: {type(error).__name__}: {error}\n")

    with Ledger(settings.ledger) as ledger:
        while True:
            threads = {name: thread for name, thread in threads.items() if thread.is_alive()}
            try:
                is_over = ledger.run(run_id).state not in {RunState.RUNNING, RunState.INTERRUPTED}
                wanted = [name for found in waiting_runs(ledger) for name in found.lanes or [""]]
            except LedgerError as error:  # its server starts anew
                sys.stderr.write(f"{error}\n")
                time.sleep(0.2)
                continue
            if (is_over or _was_stopped(ledger, run_id)) and not threads:
                return
            for name in wanted:
                if len(threads) < most and name not in threads:
                    threads[name] = threading.Thread(target=drive, args=(name or None,), daemon=True)
                    threads[name].start()
            time.sleep(0.1)


def _was_stopped(ledger: Ledger, run_id: str) -> bool:
    """Stopped by a person: no worker goes on with it. One whose workers died only looks like it."""
    return bool(ledger.run(run_id).stop_code)


if __name__ == "__main__":
    main()
