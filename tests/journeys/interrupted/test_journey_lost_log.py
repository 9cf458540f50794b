"""Somebody tidies up beside the ledger while a run goes on: the write-ahead log that SQLite keeps there is deleted."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import ExitStack, closing

import pytest

from tests.support.processes.journey import Machine, asked, lies, people
from tests.support.service.hostile_server import HostileServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps open files where they are")

SHEET = people(60)


@pytest.mark.parametrize("others", [False, True], ids=["alone", "others_have_it_open"])
@pytest.mark.parametrize("suffixes", [("-wal",), ("-wal", "-shm")], ids="".join)
def test_nothing_more_is_sent_once_the_log_of_the_ledger_is_gone(
    connected: Machine, server: HostileServer, suffixes: tuple[str, ...], others: bool
) -> None:
    """Whoever were killed later would leave a ledger that knows of nothing; ended now, it knows all.

    Others, such as the page, may have the ledger open meanwhile, so that the run's process is not the last to close it.
    """
    connected.write_sheet("sheet.csv", SHEET)
    with (
        ExitStack() as elsewhere,
        connected.start("send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "10/s") as sending,
    ):
        server.wait_until(lambda: asked(server) >= 5)
        if others:
            other = elsewhere.enter_context(closing(sqlite3.connect(connected.ledger)))
            other.execute("select count(*) from run").fetchall()
        for suffix in suffixes:
            connected.ledger.with_name(f"{connected.ledger.name}{suffix}").unlink()
        ended = sending.end()
        before = lies(connected.read("out.csv"), server, SHEET)

        resumed = connected.run("resume", "--yes", "--rate", "500/s")

    assert 4 == ended.exit_code, ended.stderr
    assert f"{connected.ledger}-wal belongs to the ledger" in ended.stdout
    assert (0, len(SHEET)) == (resumed.exit_code, asked(server)), resumed.stderr
    assert ([], []) == (before, lies(connected.read("out.csv"), server, SHEET))
