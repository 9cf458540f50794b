"""One folder, two watchers, and the workers of several machines: every file is done once, whoever of them is killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.support.ledgers.postgresql import Database
from tests.support.processes.cluster import wait_until
from tests.support.processes.journey import asked
from tests.support.processes.shared_inbox import CONCURRENCY, Shared
from tests.support.service.hostile_server import HostileServer


def serving(database: Database) -> set[int]:
    """The processes that serve as workers of several machines."""
    if not database.rows("select 1 from pg_tables where tablename = 'cluster_worker'"):
        return set()
    return {int(process) for (process,) in database.rows("select split_part(worker, ' ', 2) from cluster_worker")}


def test_watchers_leave_the_sending_to_workers_and_both_are_replaced(
    tmp_path: Path, database: Database, server: HostileServer
) -> None:
    """A watcher is killed in the middle of a file, and then a worker; no file is done twice, and no watcher sends."""
    shared = Shared(tmp_path, database.url, server)
    with (
        shared.machine().start("worker") as one,
        shared.machine().start("worker") as two,
        shared.watcher() as first,
        shared.watcher() as second,
    ):
        wait_until(lambda: len(serving(database)) == 2)
        workers = serving(database)
        shared.drop()
        drivers = set()
        for nth, kind in enumerate(("watcher", "worker")):
            server.wait_until(lambda: asked(server) >= 8 + 22 * nth)  # noqa: B023 - used here
            watcher, worker = shared.wait_for_both()
            drivers.add(worker)
            os.kill(watcher if kind == "watcher" else worker, signal.SIGKILL)
        wait_until(lambda: shared.is_served)
        alive = [command.is_running for command in (one, two, first, second)]

    assert drivers <= workers
    assert 2 == sum(alive)
    assert [] == shared.wrongs(most_unknown=CONCURRENCY)
