"""A backup of the ledger is put back beside the write-ahead log that a killed process left of the file it replaces."""

from __future__ import annotations

import shutil
import sys

import pytest

from tests.support.processes.journey import FAST, Machine, asked, people
from tests.support.service.hostile_server import HostileServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the process is killed as on Linux")

EARLIER, SHEET, LAST = people(30, "Earlier"), people(400), people(30, "Last")


def test_a_damaged_ledger_sends_nothing(connected: Machine, server: HostileServer) -> None:
    """It lists the run that sent the sheet, but does not find its messages any more: they must not be sent again."""
    for name, rows in (("earlier.csv", EARLIER), ("sheet.csv", SHEET), ("last.csv", LAST)):
        connected.write_sheet(name, rows)
    connected.run("send", "earlier.csv", "--yes", *FAST)
    backup = connected.ledger.with_name("backup.sqlite")
    shutil.copy(connected.ledger, backup)
    connected.run("send", "sheet.csv", "--yes", *FAST)
    with connected.start("send", "last.csv", "--yes", "--rate", "10/s") as sending:
        server.wait_until(lambda: asked(server) >= len(EARLIER) + len(SHEET) + 10)
        sending.kill()
    backup.replace(connected.ledger)
    sent = asked(server)

    again = connected.run("send", "sheet.csv", "--yes", "-o", "again.csv", *FAST)

    assert (2, sent) == (again.exit_code, asked(server)), again.stderr
    assert "The ledger is damaged" in again.stderr
