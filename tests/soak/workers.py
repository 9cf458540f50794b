"""Long shifts of workers, on demand: ``python -m tests.soak.workers --rows 2000 --workers 3 --database postgresql``.

Everything that may befall a worker does so, one after the other. Exit code 1 where a row was lost, a message came
twice, a result sheet lies or the pace was exceeded.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from hotline_batch.application.runs.workers.detached import stop_run
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.runs import RunState
from tests.soak.shift import CONNECTIONS, IN_FLIGHT, Happening, Mend, Shift
from tests.support.ledgers.postgresql import LEFT_OUT, Cluster, find_programs
from tests.support.ledgers.relay import Manner
from tests.support.processes.journey import asked
from tests.support.service.hostile_server import HostileServer

MINUTES_OFF = 5
STOP_SECONDS = 5


def killed(shift: Shift) -> None:
    """SIGKILL: no chance to tidy up. Another comes in its place."""
    shift.strike().process.kill()
    shift.start_worker()


def asleep(shift: Shift) -> Mend:
    """SIGSTOP for longer than the lease, then SIGCONT: others have its lanes by then."""
    struck = shift.strike()
    struck.process.send_signal(signal.SIGSTOP)
    shift.start_worker()
    return lambda: struck.process.send_signal(signal.SIGCONT)


def terminated(shift: Shift) -> None:
    """SIGTERM, as when a machine is shut down: it leaves its lanes to others, and nothing is in doubt."""
    shift.strike(is_excused=False).process.send_signal(signal.SIGTERM)
    shift.start_worker()


def stopped(shift: Shift) -> None:
    """A person stops the run, and later has it gone on with."""
    stop_run(shift.settings, shift.run_id)
    seen = asked(shift.server)
    shift.wait(lambda: not shift.is_any_at_work)
    late = asked(shift.server) - seen
    with Ledger(shift.settings.ledger) as ledger:
        state = ledger.run(shift.run_id).state
    if late > STOP_SECONDS * shift.per_second or state is not RunState.INTERRUPTED:
        shift.verdict.complaints.append(f"{state} after a stop; {late} rows were sent later")
    shift.hand_over()
    for _ in range(shift.most_workers):
        shift.start_worker()


def clock_ahead(shift: Shift) -> None:
    """A worker joins whose clock is minutes ahead, and one that is killed leaves room for it."""
    shift.start_worker(ahead_seconds=60.0 * MINUTES_OFF)
    shift.strike().process.kill()


def clock_behind(shift: Shift) -> None:
    """The same with a clock that is as late."""
    shift.start_worker(ahead_seconds=-60.0 * MINUTES_OFF)
    shift.strike().process.kill()


def server_restarts(shift: Shift) -> None:
    """PostgreSQL is stopped at once, and starts again; whoever is at work waits for it."""
    assert shift.database is not None
    shift.verdict.excused += IN_FLIGHT * CONNECTIONS
    shift.database.cluster.restart()


def cut_off(shift: Shift) -> Mend:
    """What lies between a worker and the database swallows everything, for longer than the lease."""
    struck = shift.strike()
    assert struck.way is not None
    way = struck.way
    way.behave(Manner.SWALLOW)
    shift.start_worker()
    return lambda: way.behave(Manner.PASS)


def cable_pulled(shift: Shift) -> Mend:
    """The worker that stands in a network of its own loses it: database and service are out of its reach."""
    struck = next(worker for worker in shift.workers if worker.network)
    assert struck.network is not None
    network = struck.network
    shift.wait(lambda: shift.drives(struck))
    shift.mark(struck)
    network.pull()
    shift.start_worker()
    return network.plug_in


ANYWHERE: Sequence[Happening] = (killed, asleep, terminated, stopped)
CLOCKS: Sequence[Happening] = (clock_ahead, clock_behind)
ON_A_SERVER: Sequence[Happening] = (server_restarts, cut_off)


def main() -> int:
    """One shift in which everything happens, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.workers", description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--per-second", type=int, default=40)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--network", action="store_true", help="pull a cable, too (PostgreSQL, Linux, root)")
    options = parser.parse_args()
    happenings = [*ANYWHERE]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="shift-")))
        server = stack.enter_context(HostileServer())
        database = None
        if options.database == "postgresql":
            programs = find_programs()
            if programs is None:
                sys.exit(LEFT_OUT)
            database = stack.enter_context(Cluster(programs)).fresh_database()
            # With a file, all processes go by the clock of its one machine: turns of one that is ahead are far away.
            happenings = [*([cable_pulled] if options.network else []), *CLOCKS, *happenings, *ON_A_SERVER]
        shift = Shift(folder, server, database, options.rows, options.workers, options.per_second)
        shift.has_one_elsewhere = options.network
        at = options.rows // (len(happenings) + 1)
        verdict = shift.run(*((at * nth, each) for nth, each in enumerate(happenings, 1)))
    sys.stdout.write(f"{verdict}\n")
    return 1 if verdict.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
