"""The ledger's disk fills in the midst of a run, room is made, the run goes on: one result sheet, and a true one."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from hotline_batch.ledger.ledger import Ledger
from tests.support.processes.journey import Machine, asked, lies, people, statuses
from tests.support.service.hostile_server import HostileServer

ROWS = 300
SHEET = people(ROWS)
SIZE = "24m"


@contextmanager
def small_disk(place: Path) -> Iterator[None]:
    """A file system of a few megabytes, as far as this user may make one."""
    mounted = (
        sys.platform == "linux"
        and not subprocess.run(
            ["/bin/mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(place)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("this user may not mount a file system")
    try:
        yield
    finally:
        subprocess.run(["/bin/umount", "-l", str(place)], check=True)


@contextmanager
def filled(place: Path) -> Iterator[None]:
    """Whatever becomes free there is taken at once, until the end; then all of it is free again."""
    filler, is_over = place / "filler", threading.Event()

    def fill() -> None:
        with filler.open("ab", buffering=0) as file:
            while not is_over.is_set():
                with suppress(OSError):
                    file.write(bytes(65_536))
                    continue
                is_over.wait(0.001)

    thread = threading.Thread(target=fill)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        filler.unlink()


@pytest.mark.parametrize("output", ["out.csv", "out.xlsx"])
def test_ledger_on_a_disk_that_fills(machine: Machine, server: HostileServer, output: str) -> None:
    """The run stops with a true sheet; resumed, it replaces that sheet at its place, and nobody gets anything twice."""
    machine.toward(server).write_sheet("sheet.csv", SHEET)

    with small_disk(machine.ledger.parent):
        with machine.start("send", "sheet.csv", "--yes", "-o", output, "--rate", "100/s") as sending:
            server.wait_until(lambda: asked(server) >= 30)
            with filled(machine.ledger.parent):
                stopped = sending.end()
        before = machine.read(output)
        resumed = machine.run("resume", "--yes", "--rate", "500/s")
        names = {path.name for path in machine.folder.iterdir()}

    assert 4 == stopped.exit_code, stopped.stderr
    assert "not_attempted" in statuses(before)
    assert resumed.exit_code in {0, 3}, resumed.stderr
    assert {"sheet.csv", output} == names
    assert [] == lies(machine.read(output), server, SHEET, most_unknown=8)


@pytest.fixture
def forgetful(connected: Machine, server: HostileServer) -> Machine:
    """A machine whose ledger could not remember which results are the run's own."""
    connected.write_sheet("sheet.csv", SHEET[:4])
    assert (
        0 == connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--limit", "2", "--rate", "500/s").exit_code
    )
    with Ledger(connected.environment["HOTLINE_BATCH_LEDGER"]) as ledger:
        ledger.note(connected.newest_run(), lambda notes: replace(notes, own_results=()))
    return connected


def test_own_result_is_recognised(forgetful: Machine) -> None:
    """It is replaced, though nothing remembers it."""
    ended = forgetful.run("retry", forgetful.newest_run(), "--yes", "--json")

    assert 0 == ended.exit_code, ended.stderr
    assert str(forgetful.folder / "out.csv") == ended.summary["result"]


def test_file_of_somebody_else_is_recognised_as_that(forgetful: Machine) -> None:
    """It stays, and the run keeps to one file beside it."""
    (forgetful.folder / "out.csv").write_text("user_id,hotline_run\n1,20000101-000000-aaaa\n")

    ended = [forgetful.run("retry", forgetful.newest_run(), "--yes", "--json") for _ in range(2)]

    assert [0, 0] == [one.exit_code for one in ended]
    assert [str(forgetful.folder / "out (2).csv")] * 2 == [one.summary["result"] for one in ended]
    assert (forgetful.folder / "out.csv").read_text().endswith("1,20000101-000000-aaaa\n")


def test_copy_with_a_persons_remarks_stays(forgetful: Machine) -> None:
    """That a file holds results of the run does not make it the run's, where it never was to write."""
    (forgetful.folder / "mine.csv").write_bytes((forgetful.folder / "out.csv").read_bytes())

    refused = forgetful.run("retry", forgetful.newest_run(), "--yes", "-o", "mine.csv")

    assert 2 == refused.exit_code
    assert "mine.csv exists already" in refused.stderr


def test_result_of_a_later_run_stays(forgetful: Machine) -> None:
    """Whoever gave the name to another run, by --force, keeps that one's result when the first goes on."""
    first = forgetful.newest_run()
    assert 0 == forgetful.run("retry", first, "--yes").exit_code
    later = forgetful.run(
        "send", "sheet.csv", "--yes", "-o", "out.csv", "--force", "--rows", "4", "--rate", "500/s", "--json"
    )

    again = forgetful.run("retry", first, "--yes", "--json")

    assert (0, 0) == (later.exit_code, again.exit_code), later.stderr + again.stderr
    assert {later.summary["run"]} == {row["hotline_run"] for row in forgetful.read("out.csv")}
    assert str(forgetful.folder / "out (2).csv") == again.summary["result"]
