"""Workers that die, sleep or are stopped while others serve the same ledger; judged by the service's record.

The one that is to take over sleeps until something has happened to the other, so that it has no lane before.
"""

from __future__ import annotations

import signal

import pytest
from sqlalchemy import text

from hotline_batch.ledger.ledger import Ledger
from tests.support.processes.cluster import CONCURRENCY, Office, RunState, asleep, wait_until

ROWS = 200
LANES = 4


def test_two_workers_share_a_run_and_its_result_is_true(patient_office: Office) -> None:
    """The lanes of one run go to both, each row is sent once, and one of them writes the result sheet."""
    office = patient_office
    with office.worker(lanes=2) as one, office.worker(lanes=2) as two:
        handed = office.hand_over(ROWS)
        wait_until(lambda: set(office.drivers(handed).values()) == {one.process, two.process})
        office.wait_for(handed)

        assert [] == office.untruths(handed)
        for worker in (one, two):
            worker.signal(signal.SIGTERM)
        assert [0, 0] == [one.end(), two.end()]
    assert "Traceback" not in one.said + two.said


def test_killed_worker_is_replaced(office: Office) -> None:
    """SIGKILL: another drives; only what was on its way is in doubt."""
    with office.worker() as one, office.worker() as two:
        with asleep(two):
            handed = office.hand_over(ROWS)
            office.wait_until_sent(handed, 20)
            one.signal(signal.SIGKILL)
            one.end()
        office.wait_until_driven_by(handed, two)
        office.wait_for(handed)

        assert [] == office.untruths(handed, most_unknown=CONCURRENCY * LANES)
        assert "Traceback" not in two.said


def test_worker_that_dies_when_a_run_has_ended_is_in_nobodys_way(office: Office) -> None:
    """Its job would be over in a moment, and nobody else has it: the next run of the connection begins all the same."""
    (name, *_) = office.names
    with office.worker() as one, Ledger(office.settings.ledger) as ledger:
        handed = office.hand_over(20, [name], rate="20/s")
        office.wait_until_sent(handed, 2)
        with ledger.engine.begin() as connection:
            connection.execute(text("select 1 from procrastinate_jobs for update"))
            office.wait_for(handed)
            one.signal(signal.SIGKILL)
            one.end()
            # What it asked for last waits until now, and would be done though nobody hears of it.
            office.database.rows(
                "select pg_terminate_backend(pid) from pg_stat_activity where wait_event_type = 'Lock'"
            )
    with office.worker():
        following = office.hand_over(5, [name], rate="20/s")
        office.wait_for(following)

    assert [] == office.untruths(handed) + office.untruths(following)


@pytest.mark.parametrize("ahead", [300.0, -300.0])
def test_clocks_of_machines_may_differ(office: Office, ahead: float) -> None:
    """By ten minutes: who is gone, and whose turn it is, goes by the database's clock alone."""
    with office.worker(ahead=ahead) as one, office.worker(ahead=-ahead) as two:
        with asleep(two):
            handed = office.hand_over(ROWS)
            office.wait_until_sent(handed, 20)
            one.signal(signal.SIGKILL)
            one.end()
        office.wait_until_driven_by(handed, two)
        office.wait_for(handed)

        assert [] == office.untruths(handed, most_unknown=CONCURRENCY * LANES)


def test_worker_that_slept_sends_nothing_for_lanes_that_it_lost(office: Office) -> None:
    """SIGSTOP for longer than the lease, then SIGCONT: what it had on its way may be told late, but nothing anew."""
    with office.worker() as one, office.worker() as two:
        with asleep(two):
            handed = office.hand_over(ROWS)
            office.wait_until_sent(handed, 20)
            one.signal(signal.SIGSTOP)
        office.wait_until_driven_by(handed, two)
        one.signal(signal.SIGCONT)
        office.wait_for(handed)

        assert [] == office.untruths(handed, most_unknown=CONCURRENCY * LANES)
        one.signal(signal.SIGTERM)
        assert 0 == one.end()
    assert "Traceback" not in one.said + two.said


def test_worker_that_is_stopped_gives_its_lanes_to_others(patient_office: Office) -> None:
    """SIGTERM is no wish of a person to stop the run: nothing is torn, and nothing is in doubt."""
    office = patient_office
    with office.worker() as one, office.worker() as two:
        with asleep(two):
            handed = office.hand_over(ROWS)
            office.wait_until_sent(handed, 20)
            one.signal(signal.SIGTERM)
            assert 0 == one.end()
        office.wait_for(handed)

        assert [] == office.untruths(handed)
    assert "Traceback" not in one.said + two.said


def test_database_that_restarts_ends_no_run(office: Office) -> None:
    """Immediately, so that every session breaks: both workers go on by themselves."""
    with office.worker(lanes=2) as one, office.worker(lanes=2) as two:
        handed = office.hand_over(ROWS)
        office.wait_until_sent(handed, 20)
        office.database.cluster.restart()
        office.wait_for(handed)

        assert [] == office.untruths(handed, most_unknown=CONCURRENCY * LANES)
        assert one.is_running
        assert two.is_running
    assert "Traceback" not in one.said + two.said


def test_ledger_that_keeps_no_outcome_stops_the_run(patient_office: Office) -> None:
    """As when its server has room for promises alone: each worker would send more, and all of it would be in doubt."""
    office = patient_office
    office.database.rows("""
        create function refuse() returns trigger language plpgsql as $$
        begin raise exception 'no room' using errcode = 'disk_full'; end $$""")
    office.database.rows("""
        create trigger no_room before update on sheet_row
        for each row when (new.state = 'succeeded') execute function refuse()""")
    with office.worker(), office.worker():
        handed = office.hand_over(ROWS)
        ended = office.wait_for(handed)

        assert (RunState.STOPPED, "ledger_failed") == (ended.state, ended.stop_code)
        assert "disk of the database server is full" in ended.stop_reason
        assert [] == office.untruths(handed, most_unknown=CONCURRENCY * LANES, is_whole=False)
