"""The commands of several machines, as an administrator and a person at a desk use them."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path

import pytest

from tests.support.ledgers.postgresql import Database
from tests.support.processes.cluster import wait_until
from tests.support.processes.journey import Machine, lies, people
from tests.support.service.faults.late import answer_when
from tests.support.service.hostile_server import HostileServer

SHEET = people(30)
SEND = ("send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "100/s", "--detach")


@pytest.fixture
def machine(tmp_path: Path, server: HostileServer, database: Database) -> Machine:
    """A machine whose ledger others reach as well."""
    made = Machine(tmp_path).toward(server, server.credentials).with_ledger(database.url)
    made.write_sheet("sheet.csv", SHEET)
    return made


def test_what_is_handed_over_goes_to_the_workers(machine: Machine, server: HostileServer) -> None:
    """A worker serves, a desk hands a run over and ends; everybody sees who works on what; SIGTERM ends the worker."""
    released = threading.Event()
    server.fault_for(SHEET[5][0], answer_when(released))
    with machine.start("worker") as worker:
        wait_until(lambda: "Serving postgresql://" in worker.said)
        wait_until(lambda: bool(json.loads(machine.run("worker", "--status", "--json").stdout)["workers"]))
        handed = machine.run(*SEND, "--timeout", "600")
        server.wait_until(lambda: SHEET[5][0] in {message.user_id for message in server.applied})
        status = json.loads(machine.run("worker", "--status", "--json").stdout)
        told = machine.run("worker", "--status").stdout
        wait_until(lambda: "Working on 1 lane." in worker.said)
        released.set()
        wait_until(lambda: machine.runs()[0]["state"] == "finished")
        wait_until((machine.folder / "out.csv").exists)
        worker.signal(signal.SIGTERM)
        ended = worker.end()

    assert 0 == handed.exit_code, handed.stderr
    assert [handed.stdout.strip()] == [lane["run"] for lane in status["lanes"]]
    assert [1] == [serving["lanes"] for serving in status["workers"]]
    assert status["lanes"][0]["process"] == status["workers"][0]["process"]
    assert [] == status["waiting"]
    assert "Worked on:" in told
    assert 0 == ended.exit_code, ended.stderr
    assert [] == lies(machine.read("out.csv"), server, SHEET)
    assert {} == server.duplicates()


def test_without_a_worker_a_process_of_its_own_does_it(machine: Machine, server: HostileServer) -> None:
    """Where no worker serves, a run that is handed over goes on as on one machine, and it is told that none serves."""
    handed = machine.run(*SEND)
    wait_until(lambda: machine.runs()[0]["state"] == "finished")
    wait_until((machine.folder / "out.csv").exists)

    assert 0 == handed.exit_code, handed.stderr
    assert [] == lies(machine.read("out.csv"), server, SHEET)
    assert "No worker serves this ledger." in machine.run("worker", "--status").stdout


def test_worker_without_the_extra_says_what_to_install(machine: Machine) -> None:
    """And nothing else happens: exit code 2."""
    script = (
        "import sys; sys.modules['procrastinate'] = None; sys.argv[1:] = ['worker'];"
        "from hotline_batch.__main__ import main; main()"
    )
    done = machine.python(script)

    assert 2 == done.exit_code
    assert "hotline-batch[cluster]" in done.stderr
    assert "Traceback" not in done.stderr
