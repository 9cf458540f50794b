"""Several machines and a run that is for later: it takes no place from others, and whoever serves then takes it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hotline_batch.application.cluster.driving import Timing
from hotline_batch.application.cluster.serve import serve
from hotline_batch.application.runs.views.progress import run_progress
from hotline_batch.application.runs.workers import detached
from hotline_batch.application.runs.workers.detached import stop_run
from hotline_batch.application.stopping import Stop
from hotline_batch.model.runs import RunState
from hotline_batch.opening_hours import holidays
from hotline_batch.opening_hours.wall_clock import kept
from tests.support.ledgers.postgresql import Database
from tests.support.processes.cluster import PATIENT_SECONDS, Office, wait_until
from tests.support.service.hostile_server import HostileServer


def test_a_run_for_later_lets_others_of_its_connection_go_first(
    tmp_path: Path, database: Database, server: HostileServer
) -> None:
    """It was there before, and its worker has room for one lane alone; it is seen to wait, and a stop ends it."""
    office = Office(
        tmp_path, database, server, connections=1, rate="20/s", slice_seconds=1.0, silent_seconds=PATIENT_SECONDS
    )

    with office.worker(lanes=1) as worker:
        later = office.hand_over(5, at=kept(time.time() + 7_200))
        wait_until(lambda: "lane given back" in worker.said)
        now = office.hand_over(60)
        office.wait_for(now)
        waiting = run_progress(office.settings, later.run_id)
        stop_run(office.settings, later.run_id)
        stopped = office.wait_for(later)

    assert [] == office.untruths(now)
    assert 0 == office.sent(later)
    assert waiting.closed_until is not None
    assert "outside_hours" == waiting.waiting_code
    assert not waiting.workers
    assert RunState.INTERRUPTED is stopped.state


def test_a_run_for_later_is_taken_when_it_is_due(tmp_path: Path, database: Database, server: HostileServer) -> None:
    """By a machine that came meanwhile, since the first one is gone."""
    office = Office(tmp_path, database, server, connections=1, rate="20/s", silent_seconds=PATIENT_SECONDS)

    with office.worker() as first:
        begins = time.time() + 25  # long enough for whoever begins slowly to find it closed
        later = office.hand_over(5, at=kept(begins))
        wait_until(lambda: "lane given back" in first.said)
    with office.worker():
        office.wait_for(later)

    assert [] == office.untruths(later)
    assert 5 == office.sent(later)
    assert time.time() >= begins


def test_a_machine_that_does_not_know_the_holidays_of_a_run_serves_all_others(
    tmp_path: Path, database: Database, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run was handed over to a process that is gone, and is left to machines that know them."""
    office = Office(tmp_path, database, server, connections=1, rate="20/s", silent_seconds=PATIENT_SECONDS)
    monkeypatch.setattr(detached, "start_worker", lambda *_arguments: None)
    left = office.hand_over(5, holidays="DE-BY")
    monkeypatch.setattr(holidays, "_calendar", _without_the_extra)
    stop, timing = Stop(), Timing(look=0.1, beat=0.2, silent=1.0)

    with ThreadPoolExecutor() as threads:
        serving = threads.submit(serve, office.settings, 1, stop, timing=timing)
        wait_until(lambda: database.rows("select job from lane_job") or serving.done())
        other = office.hand_over(5)
        wait_until(lambda: office.run(other).has_ended or serving.done())
        was_serving = not serving.done()
        stop.ask()
        serving.result()

    assert was_serving
    assert [] == office.untruths(other)
    assert not office.run(left).has_ended
    assert 0 == office.sent(left)


def _without_the_extra(country: str, _region: str) -> None:
    raise ImportError(country)
