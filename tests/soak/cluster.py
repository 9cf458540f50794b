"""Workers of several machines in a storm, on demand: ``python -m tests.soak.cluster --rows 2000 --workers 3``.

Three runs over four connections; workers are killed, sleep for longer than the lease, are cut off and replaced, and the
database restarts. Then everything is judged by what the service saw. Exit code 1 where anything is untrue.
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
from pathlib import Path
from random import Random

from tests.support.cluster import CONCURRENCY, HandedOver, Office, Worker, credentials
from tests.support.hostile_server import HostileServer
from tests.support.postgresql import LEFT_OUT, Cluster, find_programs
from tests.support.relay import Manner, Relay

CONNECTIONS = 4
RUNS = 3
LEASE_SECONDS = 3.0
RATE = "25/s"
_LONGEST_SECONDS = 900.0


class ClusterStorm:
    """One seed; use ``run`` once. ``happened`` counts what struck."""

    def __init__(self, seed: int, rows: int, workers: int, folder: Path, postgresql: Cluster) -> None:
        self._random = Random(seed)  # noqa: S311 - the same storm every time, as far as machines allow
        self._rows = rows
        self._workers = workers
        self._folder = folder
        self._postgresql = postgresql
        self._stack = ExitStack()
        self._at_work: list[tuple[Worker, Relay]] = []
        self._timers: list[threading.Timer] = []
        self.happened: Counter[str] = Counter()

    def run(self) -> list[str]:
        """What is untrue afterwards."""
        with (
            HostileServer(credentials=credentials(CONNECTIONS)) as server,
            self._stack,
        ):
            database = self._postgresql.fresh_database()
            office = Office(
                self._folder,
                database,
                server,
                connections=CONNECTIONS,
                rate=RATE,
                silent_seconds=LEASE_SECONDS,
                slice_seconds=5.0,
            )
            for _ in range(self._workers):
                self._begin(office)
            runs = [office.hand_over(self._rows // RUNS) for _ in range(RUNS)]
            self._rage(office, runs)
            for timer in self._timers:
                timer.join()
            for handed in runs:
                office.wait_for(handed, _LONGEST_SECONDS)
            most_unknown = CONCURRENCY * CONNECTIONS * (self.happened.total() - self.happened["SIGTERM"])
            found = [wrong for handed in runs for wrong in office.untruths(handed, most_unknown=most_unknown)]
            found += [worker.said[-2000:] for worker, _ in self._at_work if "Traceback" in worker.said]
            return found

    def _begin(self, office: Office) -> None:
        relay = self._stack.enter_context(Relay(self._postgresql.port))
        self._at_work.append((self._stack.enter_context(office.worker(ledger_port=relay.port)), relay))

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
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--seeds", type=int, default=5, help="how many storms")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=3)
    options = parser.parse_args()
    programs = find_programs()
    if programs is None:
        sys.exit(LEFT_OUT)
    failed = 0
    with Cluster(programs) as postgresql:
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            since = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="soak-cluster-") as folder:
                storm = ClusterStorm(seed, options.rows, options.workers, Path(folder), postgresql)
                complaints = storm.run()
            told = ", ".join(f"{name} {count}" for name, count in sorted(storm.happened.items()))
            sys.stdout.write(f"seed {seed}: {time.monotonic() - since:.0f} s; {told}; {len(complaints)} complaints\n")
            sys.stdout.write("".join(f"    {complaint}\n" for complaint in complaints[:20]))
            sys.stdout.flush()
            failed += bool(complaints)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
