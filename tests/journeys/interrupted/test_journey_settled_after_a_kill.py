"""A run whose process was killed, and what a person hears of it and does about it days later."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing

import pytest

from tests.support.ledgers.past import SECONDS_OF_A_DAY, put_back
from tests.support.processes.journey import FAST, Machine, asked, people, statuses
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer
from tests.support.waiting import wait_until

SHEET = people(8)
HELD_UP = SHEET[-1]


def texts(server: HostileServer) -> list[tuple[int, str]]:
    return [(event.user_id, event.message) for event in server.applied]


@pytest.fixture
def left(connected: Machine, server: HostileServer) -> Machine:
    """A run of which five rows were sent, a person stopped it, it went on three days later, and was killed.

    The last row was on its way then, and has arrived.
    """
    connected.write_sheet("sheet.csv", SHEET)
    with connected.start("send", "sheet.csv", "--yes", "-o", "one.csv", "--rate", "4/s") as sending:
        server.wait_until(lambda: asked(server) >= 3)
        sending.signal(signal.SIGINT)
        assert 0 != sending.end().exit_code
    put_back(connected.ledger, 3 * SECONDS_OF_A_DAY)
    server.fault_for(HELD_UP[0], named("hang_applied"))
    with connected.start("resume", connected.newest_run(), "--yes", *FAST) as resuming:
        server.wait_until(lambda: asked(server) == len(SHEET))
        wait_for_the_rest(connected)
        resuming.kill()
    return connected


def wait_for_the_rest(machine: Machine) -> None:
    """Until the ledger has it of all rows but the last that they were sent."""

    def sent() -> int:
        with closing(sqlite3.connect(machine.ledger)) as ledger:
            (rows,) = ledger.execute("select count(*) from sheet_row where state = 'succeeded'").fetchone()
            return int(rows)

    wait_until(lambda: sent() == len(SHEET) - 1)


def test_the_duplicate_window_begins_when_a_killed_run_is_settled(left: Machine, server: HostileServer) -> None:
    """Also for what it had sent days before: the run lasted until then."""
    settled = left.run("resolve", left.newest_run(), "--all", "--delivered")
    server.heal()

    again = left.run("send", "sheet.csv", "--yes", "-o", "two.csv", "--json", *FAST)

    assert 0 == settled.exit_code, settled.stderr
    assert {"skipped": len(SHEET)} == again.counts
    assert sorted(SHEET) == sorted(texts(server))


def test_the_list_tells_of_a_killed_run_what_its_result_sheet_tells(left: Machine) -> None:
    """Whoever reads it must not think that nothing left."""
    (listed,) = left.runs()
    left.run("results", left.newest_run(), "-o", "now.csv")

    found = statuses(left.read("now.csv"))
    assert ["sent"] * (len(SHEET) - 1) + ["unknown"] == found
    assert (len(SHEET) - 1, 1, 0) == tuple(listed["counts"][name] for name in ("sent", "unknown", "not_attempted"))


def test_a_run_that_was_handed_over_killed_and_settled_does_not_guard_for_ever(
    connected: Machine, server: HostileServer
) -> None:
    """The reminder of the next month has the same text, and is sent: nobody takes that run up any more."""
    connected.write_sheet("sheet.csv", SHEET)
    server.fault_for(HELD_UP[0], named("hang_applied"))
    connected.run("send", "sheet.csv", "--yes", "-o", "one.csv", "--detach", *FAST)
    server.wait_until(lambda: asked(server) == len(SHEET))
    wait_for_the_rest(connected)
    (run,) = connected.runs()
    os.kill(run["workers"][0]["process"], signal.SIGKILL)
    settled = connected.run("resolve", run["run"], "--all", "--delivered")
    put_back(connected.ledger, 40 * SECONDS_OF_A_DAY)
    server.heal()

    again = connected.run("send", "sheet.csv", "--yes", "-o", "two.csv", "--json", *FAST)

    assert 0 == settled.exit_code, settled.stderr
    assert {"sent": len(SHEET)} == again.counts
    assert sorted(SHEET * 2) == sorted(texts(server))


def test_a_retry_that_cannot_begin_changes_nothing(connected: Machine, server: HostileServer) -> None:
    """Its key is missing: what was refused counts as failed in the list as in the sheet, and the run is over."""
    connected.write_sheet("sheet.csv", SHEET)
    server.fault_for(HELD_UP[0], named("user_not_found_400"))
    connected.run("send", "sheet.csv", "--yes", "-o", "one.csv", *FAST)
    before, shown = connected.runs(), connected.run("runs", "show", connected.newest_run()).stdout
    key = connected.environment.pop("HOTLINE_API_KEY")

    refused = connected.run("retry", connected.newest_run(), "--yes", *FAST)

    assert 2 == refused.exit_code, refused.stderr
    assert before == connected.runs()
    assert shown == connected.run("runs", "show", connected.newest_run()).stdout
    connected.environment["HOTLINE_API_KEY"] = key
    server.heal()
    assert 0 == connected.run("retry", connected.newest_run(), "--yes", *FAST).exit_code
    assert sorted(SHEET) == sorted(texts(server))
