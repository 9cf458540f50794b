"""A person or the machine asks the program to stop: nothing new starts, the sheet is written, resume does the rest."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from tests.support.processes.journey import Machine, asked, lies, people, statuses
from tests.support.service.faults import named
from tests.support.service.faults.late import answer_when
from tests.support.service.hostile_server import HostileServer
from tests.support.waiting import wait_until

CONCURRENCY = 8
SHEET = people(600)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_asked_once_to_stop(machine: Machine, name: str) -> None:
    """No new row starts, what is under way is awaited, the sheet is whole, exit 130; resume sends the rest once."""
    released, log = threading.Event(), machine.home / "run.log"
    machine.write_sheet("sheet.csv", SHEET)
    send = ("send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "500/s", "--log-file", log, "--timeout", "300")

    # As many as may be are under way, and not one of them is answered before the program has heard the signal.
    is_held = answer_when(released)
    with HostileServer(schedule=lambda turn: is_held if turn.request > 60 - CONCURRENCY else None) as server:
        with machine.toward(server).start(*send) as sending:
            server.wait_until(lambda: asked(server) == 60)
            sending.signal(signal.Signals[name])
            wait_until(lambda: "stop requested" in log.read_text("utf-8"))
            released.set()
            interrupted = sending.end()
        after = asked(server)
        rows = machine.read("out.csv")
        resumed = machine.run("resume", "--yes", "--rate", "500/s")

    assert 130 == interrupted.exit_code, interrupted.stderr
    assert 60 == after
    assert ["sent"] * after + ["not_attempted"] * (600 - after) == statuses(rows)
    assert f"sent {after} " in interrupted.stdout
    assert "hotline-batch resume" in interrupted.stdout
    assert 0 == resumed.exit_code, resumed.stderr
    assert [] == lies(machine.read("out.csv"), server, SHEET, most_unknown=0)
    assert 600 == asked(server)


@pytest.mark.parametrize("again", ["SIGINT", "SIGTERM"])
def test_asked_twice_to_stop(machine: Machine, server: HostileServer, again: str) -> None:
    """Nobody waits for answers any more: exit 130 long before the time-out, what was under way is unknown."""
    machine.toward(server).write_sheet("sheet.csv", SHEET)
    server.fault_for(SHEET[10][0], named("hang_applied").lasting(600.0))
    send = ("send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "100/s", "--timeout", "600")

    with machine.start(*send) as sending:
        server.wait_until(lambda: asked(server) >= 30)
        sending.signal(signal.SIGINT)
        if again == "SIGINT":  # two of a kind at once would arrive as one
            server.wait_until(lambda: "stopping" in sending.said)
        sending.signal(signal.Signals[again])
        ended = sending.end()
    interrupted, applied = machine.read("out.csv"), list(server.applied)
    resumed = machine.run("resume", "--yes", "--rate", "1000/s")

    assert 130 == ended.exit_code, ended.stderr
    assert ("unknown", "interrupted_in_flight") == (
        interrupted[10]["hotline_status"],
        interrupted[10]["hotline_error_code"],
    )
    assert statuses(interrupted).count("unknown") <= CONCURRENCY
    assert len(applied) <= 600 - statuses(interrupted).count("not_attempted")
    assert 3 == resumed.exit_code, resumed.stderr
    assert [] == lies(machine.read("out.csv"), server, SHEET, most_unknown=CONCURRENCY)


def test_second_process_on_a_run_is_turned_away(machine: Machine, server: HostileServer) -> None:
    """Exit 2 at once, not one request, and the first process does not notice."""
    machine.toward(server).write_sheet("sheet.csv", SHEET[:3])
    server.fault_next(named("hang_not_applied").lasting(600.0))

    with machine.start("send", "sheet.csv", "--yes", "-o", "out.csv", "--timeout", "600") as sending:
        server.wait_until(lambda: asked(server) == 1)
        run = machine.newest_run()
        second = machine.run("resume", run, "--yes")
        third = machine.run("resume", "--yes", "-o", "other.csv")
        is_running, requests = sending.is_running, asked(server)

    assert (2, 2) == (second.exit_code, third.exit_code), second.stderr
    assert run in second.stderr
    assert "Traceback" not in second.stderr
    assert is_running
    assert 1 == requests
    assert not Path(machine.folder / "other.csv").exists()


def test_two_runs_at_once_do_not_send_the_same_twice(machine: Machine, server: HostileServer) -> None:
    """Each process plans while the other has sent nothing yet; still every message goes out once."""
    machine.toward(server).write_sheet("sheet.csv", SHEET[:200])

    with (
        machine.start("send", "sheet.csv", "--yes", "-o", "one.csv", "--rate", "100/s") as one,
        machine.start("send", "sheet.csv", "--yes", "-o", "two.csv", "--rate", "100/s") as two,
    ):
        codes = [one.end().exit_code, two.end().exit_code]

    assert set(codes) <= {0, 3}
    assert {} == server.duplicates()
    assert 200 == len(server.applied)
    both = zip(statuses(machine.read("one.csv")), statuses(machine.read("two.csv")), strict=True)
    assert {("sent", "skipped"), ("skipped", "sent")} >= set(both)


@pytest.mark.parametrize("where", ["hotline_batch.cli.screen.streams.mend_streams", "hotline_batch.cli.main.run"])
def test_ctrl_c_before_there_is_anything_to_stop(machine: Machine, where: str) -> None:
    """While the program is still loading: exit 130, and no traceback."""
    module, _, name = where.rpartition(".")
    script = (
        f"import {module} as home, hotline_batch.__main__ as program\n"
        "def interrupted():\n    raise KeyboardInterrupt\n"
        f"home.{name} = interrupted\n"
        "program.main()\n"
    )

    ended = machine.python(script)

    assert (130, "") == (ended.exit_code, ended.stdout + ended.stderr)


def test_what_a_library_reports_is_not_for_the_screen(machine: Machine) -> None:
    """A connection that cannot be closed, as when Ctrl-C meets its closing, is no news for whoever sends a sheet."""
    script = (
        "import logging, hotline_batch.cli.main as home, hotline_batch.__main__ as program\n"
        "home.run = lambda: logging.getLogger('sqlalchemy.pool').error('Exception closing connection')\n"
        "program.main()\n"
    )

    ended = machine.python(script)

    assert (0, "") == (ended.exit_code, ended.stdout + ended.stderr)
