"""Two sheets sent by one process through one ledger, another process beside it, a death: nothing goes out twice."""

from __future__ import annotations

import subprocess
import sys

from tests.support.processes.journey import FAST, Machine, asked, people, statuses
from tests.support.service.hostile_server import HostileServer

TWO_AT_ONCE = """
import sys, threading
from hotline_batch import send_sheet
threads = [
    threading.Thread(target=send_sheet, args=(name,), kwargs={"output": name + ".out.csv", "rate": "10/s"})
    for name in sys.argv[1:]
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
ROWS = 60


def test_two_sheets_in_one_process_survive_its_death(machine: Machine, server: HostileServer) -> None:
    """Whoever opens the ledger a second time does not take the locks away that protect what was promised before."""
    machine.toward(server)
    everybody = people(2 * ROWS)
    sheets = {"first.csv": everybody[:ROWS], "second.csv": everybody[ROWS:]}
    for name, rows in sheets.items():
        machine.write_sheet(name, rows)

    sending = subprocess.Popen(
        [sys.executable, "-c", TWO_AT_ONCE, *sheets],
        cwd=machine.folder,
        env=machine.environment | {"PYTHONWARNINGS": ""},
    )
    for count in (10, 20, 30, 40):
        server.wait_until(lambda count=count: asked(server) >= count)
        machine.run("runs", "list")  # the last one that closes a database tidies its log away
    assert sending.poll() is None
    sending.kill()
    sending.wait()
    for run in [line["run"] for line in machine.runs()]:
        machine.run("resume", run, "--yes", *FAST)

    assert {} == server.duplicates()
    told = [row for name in sheets for row in machine.read(f"{name}.out.csv")]
    sent = {int(row["user_id"]) for row in told if row["hotline_status"] == "sent"}
    assert 2 * ROWS == len(told)
    assert len(sent) >= 2 * ROWS - 16
    assert {"sent", "unknown"} >= set(statuses(told))
    assert sent <= {message.user_id for message in server.applied}


def test_the_file_is_not_opened_past_the_database(machine: Machine, server: HostileServer) -> None:
    """Closing it anywhere in the process would drop the locks of all its connections (POSIX)."""
    machine.toward(server)
    machine.write_sheet("sheet.csv", people(3))
    assert 0 == machine.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST).exit_code
    script = (
        "import os, sys\n"
        "real = os.open\n"
        "def watched(path, *more, **named):\n"
        "    assert os.fspath(path) != sys.argv[1], 'the ledger was opened past the database'\n"
        "    return real(path, *more, **named)\n"
        "os.open = watched\n"
        "from hotline_batch import send_sheet\n"
        "send_sheet('sheet.csv', output='again.csv', rate='500/s')\n"
    )

    again = machine.python(script, machine.ledger)

    assert 0 == again.exit_code, again.stderr
    assert ["skipped"] * 3 == [row["hotline_status"] for row in machine.read("again.csv")]
