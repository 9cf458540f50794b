"""Workers of several machines in a storm, on demand: ``python -m tests.soak.cluster --rows 2000 --workers 3``.

Three runs, a large one, a middling one and a small one, over four connections; workers are killed, sleep for longer
than the lease, are cut off and replaced, and the database restarts. Then everything is judged by what the service saw.
Exit code 1 where anything is untrue, or a pace was exceeded. Many connections at the pace of this API, and nothing that
befalls anybody: ``--connections 200 --rate 18/min --runs 1 --calm``.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hotline_batch.application.cluster.driving import Timing
from tests.support.ledgers.postgresql import LEFT_OUT, Cluster, find_programs
from tests.support.ledgers.relay import Manner, Relay
from tests.support.processes.cluster import CONCURRENCY, HandedOver, Office, Worker, credentials
from tests.support.service.hostile_server import HostileServer

LEASE_SECONDS = 3.0
SLICE_SECONDS = 5.0
_SHARES = {1: (1.0,), 3: (0.6, 0.3, 0.1)}
_LONGEST_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How much is sent, by how many, through how many connections of which rate each."""

    rows: int = 2_000
    workers: int = 3
    connections: int = 4
    rate: str = "25/s"
    runs: int = 3
    is_calm: bool = False


class ClusterStorm:
    """One seed; use ``run`` once. ``happened`` counts what struck, ``told`` is what else there is to know."""

    def __init__(self, seed: int, around: Circumstances, folder: Path, postgresql: Cluster) -> None:
        self._random = Random(seed)  # noqa: S311 - the same storm every time, as far as machines allow
        self._around = around
        self._folder = folder
        self._postgresql = postgresql
        self._stack = ExitStack()
        self._at_work: list[tuple[Worker, Relay]] = []
        self._timers: list[threading.Timer] = []
        self.happened: Counter[str] = Counter()
        self.told = ""

    def run(self) -> list[str]:
        """What is untrue afterwards."""
        around = self._around
        with (
            HostileServer(credentials=credentials(around.connections)) as server,
            self._stack,
        ):
            office = Office(
                self._folder,
                self._postgresql.fresh_database(),
                server,
                connections=around.connections,
                rate=around.rate,
                silent_seconds=Timing().silent if around.is_calm else LEASE_SECONDS,
                slice_seconds=Timing().slice if around.is_calm else SLICE_SECONDS,
            )
            for _ in range(around.workers):
                self._begin(office)
            runs = [office.hand_over(int(around.rows * share)) for share in _SHARES[around.runs]]
            if not around.is_calm:
                self._rage(office, runs)
            for timer in self._timers:
                timer.join()
            ended = [office.wait_for(handed, _LONGEST_SECONDS).finished_at or 0.0 for handed in runs]
            most_unknown = CONCURRENCY * around.connections * (self.happened.total() - self.happened["SIGTERM"])
            found = [wrong for handed in runs for wrong in office.untruths(handed, most_unknown=most_unknown)]
            found += office.paces_exceeded()
            found += [worker.said[-2000:] for worker, _ in self._at_work if "Traceback" in worker.said]
            doubts = sum(office.doubts(handed) for handed in runs)
            self.told = (
                f"{doubts} unknown, {most_unknown} at most; of its pace the slowest used {office.least_used():.3f}"
            )
            if len(runs) > 1:
                self.told += f"; the small run ended {ended[0] - ended[-1]:.0f} s before the large one"
            return found

    def _begin(self, office: Office) -> None:
        relay = self._stack.enter_context(Relay(self._postgresql.port))
        worker = office.worker(ledger_port=relay.port, lanes=max(20, self._around.connections))
        self._at_work.append((self._stack.enter_context(worker), relay))

    def _rage(self, office: Office, runs: list[HandedOver]) -> None:
        strikes: Mapping[str, Callable[[Office], None]] = {
            "SIGKILL": self._kill,
            "SIGSTOP": self._put_to_sleep,
            "SIGTERM": self._stop,
            "cut off": self._cut_off,
            "database restarted": lambda office: office.database.cluster.restart(),
        }
        total = sum(len(handed.rows) for handed in runs)
        next_strike = total // 20
        while (sent := sum(map(office.sent, runs))) < total * 0.8:
            if sent >= next_strike:
                name = self._random.choice(list(strikes))
                strikes[name](office)
                self.happened[name] += 1
                next_strike = sent + self._random.randint(total // 20, total // 8)
            time.sleep(0.1)

    def _anyone(self) -> tuple[Worker, Relay]:
        return self._random.choice(self._at_work)

    def _kill(self, office: Office) -> None:
        struck = self._anyone()
        struck[0].signal(signal.SIGKILL)
        struck[0].end()
        self._at_work.remove(struck)
        self._begin(office)

    def _stop(self, office: Office) -> None:
        struck = self._anyone()
        struck[0].signal(signal.SIGCONT)
        struck[0].signal(signal.SIGTERM)
        self._at_work.remove(struck)
        self._begin(office)

    def _put_to_sleep(self, _office: Office) -> None:
        worker, _ = self._anyone()
        worker.signal(signal.SIGSTOP)
        self._later(lambda: worker.signal(signal.SIGCONT) if worker.is_running else None)

    def _cut_off(self, _office: Office) -> None:
        _, relay = self._anyone()
        relay.behave(Manner.SWALLOW)
        self._later(lambda: relay.behave(Manner.PASS))

    def _later(self, mend: Callable[[], None]) -> None:
        timer = threading.Timer(self._random.uniform(0.5, 3 * LEASE_SECONDS), mend)
        timer.start()
        self._timers.append(timer)


def main() -> int:
    """Run the storms that were asked for, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.cluster", description=__doc__)
    usual = Circumstances()
    parser.add_argument("--rows", type=int, default=usual.rows)
    parser.add_argument("--seeds", type=int, default=5, help="how many storms")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=usual.workers)
    parser.add_argument("--connections", type=int, default=usual.connections)
    parser.add_argument("--rate", default=usual.rate, help="of each connection (%(default)s)")
    parser.add_argument("--runs", type=int, choices=_SHARES, default=usual.runs)
    parser.add_argument("--calm", action="store_true", help="nothing befalls anybody")
    options = parser.parse_args()
    around = Circumstances(options.rows, options.workers, options.connections, options.rate, options.runs, options.calm)
    programs = find_programs()
    if programs is None:
        sys.exit(LEFT_OUT)
    failed = 0
    with Cluster(programs) as postgresql:
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            since = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="soak-cluster-") as folder:
                storm = ClusterStorm(seed, around, Path(folder), postgresql)
                complaints = storm.run()
            told = ", ".join(f"{name} {count}" for name, count in sorted(storm.happened.items()))
            seconds = time.monotonic() - since
            told = "; ".join(filter(None, [f"seed {seed}: {seconds:.0f} s", told, storm.told]))
            sys.stdout.write(f"{told}; {len(complaints)} complaints\n")
            sys.stdout.write("".join(f"    {complaint}\n" for complaint in complaints[:20]))
            sys.stdout.flush()
            failed += bool(complaints)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
