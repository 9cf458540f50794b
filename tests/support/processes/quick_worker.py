"""The worker of several machines with short waits.

``python -m tests.support.processes.quick_worker SILENT SLICE LANES AHEAD``: seconds after which whoever is silent is
replaced, and after which a lane is given to another run; everything that is looked at regularly is looked at in a
fraction of the former. The clock on its wall is AHEAD seconds ahead. The settings come from the environment, as always.
"""

from __future__ import annotations

import logging
import sys
import time

from hotline_batch.application.cluster.driving import Timing
from hotline_batch.application.cluster.entry import Served
from hotline_batch.application.cluster.serve import serve
from hotline_batch.application.stopping import stopped_by_signals
from hotline_batch.engine import departure
from hotline_batch.ledger.lanes import heart, lane
from hotline_batch.settings.load import load_settings


def shorten(silent_seconds: float) -> None:
    """Have lanes of this process be given up after so long a silence."""
    lane.LEASE_SECONDS = silent_seconds
    departure.LEASE_SECONDS = silent_seconds
    heart.HEARTBEAT_SECONDS = silent_seconds / 6
    heart.LOOK_EVERY_SECONDS = silent_seconds / 12


def main() -> None:
    """Serve until a signal comes."""
    ahead, right = float(sys.argv[4]), time.time
    time.time = lambda: right() + ahead
    silent, slice_seconds, lanes = float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(threadName)s %(message)s %(fields)s")
    logging.root.handlers[0].addFilter(_with_fields)
    logging.getLogger("procrastinate").propagate = False  # as where the program keeps its own log
    logging.getLogger("hotline_batch.engine.run_log").setLevel(logging.WARNING)
    shorten(silent)
    with stopped_by_signals() as stop:
        serve(load_settings(), lanes, stop, _tell, Timing(silent / 12, silent / 6, silent, slice_seconds, wait=2.0))


def _with_fields(record: logging.LogRecord) -> bool:
    known = vars(logging.makeLogRecord({}))
    record.fields = {name: value for name, value in vars(record).items() if name not in known and name != "fields"}
    return True


def _tell(served: Served) -> None:
    logging.getLogger("quick_worker").info("served %s", served)


if __name__ == "__main__":
    main()
