"""Who drives what: runs that share a pace take turns, keys that are missing leave lanes to others, a stop is heard."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from hotline_batch.application.runs.forgetting import prunable_runs, prune_runs
from hotline_batch.application.runs.workers.detached import stop_run
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.runs import RunState
from tests.support.ledgers.postgresql import Database
from tests.support.processes.cluster import INSTANCE, PATIENT_SECONDS, Office, wait_until
from tests.support.service.hostile_server import HostileServer

STOP_SECONDS = 5
MOST_PER_SECOND = 20
"""Four connections, five rows a second each: no slow machine sends more."""
LEFT_ALONE_SECONDS = 25.0
"""A machine leaves to others for longer than this what it cannot drive."""
RATE = 4


def test_small_run_does_not_wait_for_a_large_one(tmp_path: Path, database: Database, server: HostileServer) -> None:
    """Both go through one connection: the large one gives the lane away after its slice, and gets it back."""
    office = Office(
        tmp_path, database, server, connections=1, rate="20/s", slice_seconds=2.0, silent_seconds=PATIENT_SECONDS
    )

    with office.worker() as worker:
        large = office.hand_over(500)
        office.wait_until_sent(large, 20)
        small = office.hand_over(10)
        office.wait_for(small)
        sent_of_large = office.sent(large)
        office.wait_for(large)

    assert sent_of_large < 400
    assert [] == office.untruths(small)
    assert [] == office.untruths(large)
    assert "lane given back" in worker.said


def test_two_machines_keep_one_pace_and_share_it(tmp_path: Path, database: Database, server: HostileServer) -> None:
    """Two runs of one pace group, on two machines at once: in any dozen turns each has three, at the pace of one."""
    office = Office(
        tmp_path, database, server, connections=2, rate=f"{RATE}/s", pace_group="team", silent_seconds=PATIENT_SECONDS
    )

    with office.worker(lacks=["bot_1"]), office.worker(lacks=["bot_0"]):
        runs = [office.hand_over(42, ["bot_0"]), office.hand_over(42, ["bot_1"])]
        for handed in runs:
            office.wait_for(handed)

    assert [] == office.untruths(runs[0]) + office.untruths(runs[1])
    moments = sorted(request.at for request in server.requests)
    assert moments[-1] - moments[0] > (len(moments) - 1) / RATE * 0.99  # each for itself would take half as long
    in_order = sorted(server.requests, key=lambda request: request.at)
    instances = [str(request.content["instance"]) for request in in_order]
    both = [place for place in range(len(instances)) if 0 < Counter(instances[:place])[str(INSTANCE + 1)] < 42]
    shared = instances[both[0] : both[-1]]
    dozens = [Counter(shared[place : place + 12]) for place in range(12, len(shared) - 12)]
    assert dozens
    assert all(min(dozen[str(INSTANCE)], dozen[str(INSTANCE + 1)]) >= 3 for dozen in dozens)


def test_machine_without_a_key_leaves_its_lanes_to_others(patient_office: Office) -> None:
    """It drives what it has keys for, says what it lacks, and the rest waits for a machine that has them."""
    office = patient_office
    with office.worker(lacks=["bot_1", "bot_2"]) as one:
        handed = office.hand_over(40)
        wait_until(lambda: "lanes left to others" in one.said)
        office.wait_until_sent(handed, 20)
        assert RunState.RUNNING is office.run(handed).state
        with office.worker():
            office.wait_for(handed)

    assert [] == office.untruths(handed)
    assert "bot_1" in one.said
    assert "bot_0" not in one.said.partition("lanes left to others")[2].splitlines()[0]


def test_a_run_that_nobody_can_drive_keeps_no_other_waiting(patient_office: Office) -> None:
    """Its cells were forgotten while it waited for a machine with the keys, by a version that let it wait on; the next
    run needs the same ones.
    """
    office = patient_office
    with office.worker(lacks=["bot_0"]):
        lost = office.hand_over(5, ["bot_0"])
        with Ledger(office.settings.ledger) as ledger:
            ledger.note(lost.run_id, lambda notes: replace(notes, pruned_at=time.time()))
        handed = office.hand_over(5, ["bot_0"])
        with office.worker() as able:
            wait_until(lambda: "lane not driven" in able.said)
            since = time.monotonic()
            office.wait_for(handed)
            seconds = time.monotonic() - since

    assert [] == office.untruths(handed)
    assert 5 == len(office.server.applied)
    assert lost.run_id in able.said.partition("lane not driven")[2].splitlines()[0]
    assert seconds < LEFT_ALONE_SECONDS


def test_a_run_that_is_forgotten_while_it_waits_for_a_worker_ends(patient_office: Office) -> None:
    """Nobody can go on with it, so nothing waits for it, and no worker that comes later tries."""
    office = patient_office
    with office.worker(lacks=["bot_0"]):
        lost = office.hand_over(5, ["bot_0"])
        prune_runs(office.settings, prunable_runs(office.settings, 0.0, include_unfinished=True))
        run = office.run(lost)
        with office.worker() as able:
            handed = office.hand_over(5, ["bot_0"])
            office.wait_for(handed)

    assert (RunState.INTERRUPTED, "interrupted") == (run.state, run.stop_code)
    assert run.finished_at is not None
    assert "lane not driven" not in able.said
    assert [] == office.untruths(handed)
    assert 5 == len(office.server.applied)


@pytest.mark.parametrize("workers", [1, 2])
def test_stop_from_elsewhere_is_heard_within_seconds(patient_office: Office, workers: int) -> None:
    """Whoever drives, wherever: nothing new is sent, nothing is in doubt, and the result tells how far it came."""
    office = patient_office
    with office.worker(lanes=4 // workers) as one, office.worker(lanes=2) as two:
        handed = office.hand_over(2_000)
        if workers == 1:
            two.signal(15)
        wait_until(lambda: len(set(office.drivers(handed).values())) == workers)
        office.wait_until_sent(handed, 40)
        stop_run(office.settings, handed.run_id)
        seen = len(office.server.requests)
        run = office.wait_for(handed)

        assert RunState.INTERRUPTED is run.state
        assert len(office.server.requests) - seen <= STOP_SECONDS * MOST_PER_SECOND
        assert [] == office.untruths(handed, is_whole=False)
        assert one.is_running


def test_run_that_waits_for_a_worker_is_stopped_at_once(patient_office: Office) -> None:
    """Nobody has taken it: a stop needs no worker, and a worker that comes later leaves it alone."""
    office = patient_office
    with office.worker(lacks=office.names) as worker:
        handed = office.hand_over(40)
        wait_until(lambda: "lanes left to others" in worker.said)
        stop_run(office.settings, handed.run_id)
        run = office.wait_for(handed)  # that worker can do nothing about it
        with office.worker():
            other = office.hand_over(8)
            office.wait_for(other)

    assert RunState.INTERRUPTED is run.state
    assert 0 == office.sent(handed)
    assert [] == office.untruths(other)


def test_worker_that_vanished_while_it_was_to_stop_ends_nothing_for_ever(office: Office) -> None:
    """A person asked for a stop, and the machine died before it heard: another one tells the end of the run."""
    with office.worker() as one:
        handed = office.hand_over(2_000)
        office.wait_until_sent(handed, 40)
        one.signal(19)
        stop_run(office.settings, handed.run_id)
        one.signal(9)
        one.end()
        with office.worker():
            run = office.wait_for(handed)

    assert RunState.INTERRUPTED is run.state
    assert [] == office.untruths(handed, is_whole=False, most_unknown=32)
