"""Signals belong to whoever owns the process: what the parent ignores stays ignored, and a library call takes none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.processes.journey import PATIENCE_SECONDS, Machine, asked, lies, people, statuses
from tests.support.service.hostile_server import HostileServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

ROWS = 120
SHEET = people(ROWS)
SEND = ("send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "60/s")

LIBRARY = """
import signal, sys
from hotline_batch import send_sheet

def mine(number, frame):
    print("mine", flush=True)

signal.signal(signal.SIGTERM, mine)
signal.signal(signal.SIGHUP, mine)
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    summary = send_sheet("sheet.csv", output="out.csv", rate="60/s")
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(7)
assert signal.getsignal(signal.SIGTERM) is mine
print(summary.state.value, flush=True)
"""


@contextmanager
def started(machine: Machine, *command: str, ignoring: str = "") -> Iterator[subprocess.Popen[str]]:
    """A process whose parent ignores these signals, as nohup and a shell's & do."""
    ignore = f"trap '' {ignoring}; " if ignoring else ""
    with subprocess.Popen(
        ["/bin/sh", "-c", f'{ignore}exec "$@"', "sh", sys.executable, *command],
        cwd=machine.folder,
        env=machine.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and words."""
    said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, said


@pytest.mark.parametrize(
    ("ignoring", "numbers"),
    [("HUP", [signal.SIGHUP] * 3), ("INT QUIT", [signal.SIGINT] * 3 + [signal.SIGQUIT])],
    ids=["nohup", "in the background"],
)
def test_what_the_parent_ignores_stays_ignored(
    connected: Machine, server: HostileServer, ignoring: str, numbers: list[signal.Signals]
) -> None:
    """The terminal is closed, or Ctrl-C is meant for somebody else: the run goes on to its end."""
    connected.write_sheet("sheet.csv", SHEET)

    with started(connected, "-m", "hotline_batch", *SEND, ignoring=ignoring) as sending:
        for after, number in enumerate(numbers, 1):
            server.wait_until(lambda after=after: asked(server) >= 10 * after)
            sending.send_signal(number)
        code, said = ended(sending)

    assert 0 == code, said
    assert [] == lies(connected.read("out.csv"), server, SHEET, most_unknown=0)


def test_other_signals_are_heard_all_the_same(connected: Machine, server: HostileServer) -> None:
    """Whoever starts a run under nohup can still end it."""
    connected.write_sheet("sheet.csv", SHEET)

    with started(connected, "-m", "hotline_batch", *SEND, ignoring="HUP INT") as sending:
        server.wait_until(lambda: asked(server) >= 10)
        sending.send_signal(signal.SIGHUP)
        sending.send_signal(signal.SIGTERM)
        code, said = ended(sending)

    assert 130 == code, said
    assert {"sent", "not_attempted"} == set(statuses(connected.read("out.csv")))


def test_watched_folder_under_nohup(connected: Machine, server: HostileServer) -> None:
    """It is served on, and ends as ever when the machine shuts down."""
    inbox = connected.folder / "inbox"
    inbox.mkdir()
    words = ("watch", "inbox", "--for", "send", "--yes", "--poll", "0.05", "--settle", "0", "--rate", "500/s")

    with started(connected, "-m", "hotline_batch", *words, ignoring="HUP") as watching:
        connected.write_sheet("one.csv", SHEET[:1]).rename(inbox / "one.csv")  # whole from the first moment
        server.wait_until(lambda: asked(server) == 1)
        for _ in range(3):
            watching.send_signal(signal.SIGHUP)
        connected.write_sheet("two.csv", SHEET[1:2]).rename(inbox / "two.csv")
        server.wait_until(lambda: asked(server) == 2)
        watching.send_signal(signal.SIGTERM)
        code, said = ended(watching)

    assert 130 == code, said
    assert 2 == len(server.applied)


def test_terminal_that_goes_under_nohup(connected: Machine, server: HostileServer) -> None:
    """The progress bar has no place any more, nor has the summary: the run goes on to its end all the same."""
    connected.write_sheet("sheet.csv", SHEET)
    ours, theirs = os.openpty()

    with subprocess.Popen(
        ["/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh", sys.executable, "-m", "hotline_batch", *SEND],
        cwd=connected.folder,
        env=connected.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as sending:
        os.close(theirs)
        server.wait_until(lambda: asked(server) >= 10)
        os.close(ours)
        code = sending.wait(PATIENCE_SECONDS)

    assert 0 == code
    assert [] == lies(connected.read("out.csv"), server, SHEET, most_unknown=0)


def test_library_call_leaves_the_handlers_of_its_process(connected: Machine, server: HostileServer) -> None:
    """They are called, and neither the run nor the process ends for it, however often."""
    connected.write_sheet("sheet.csv", SHEET)

    with started(connected, "-c", LIBRARY) as calling:
        assert calling.stdout is not None
        for after, number in enumerate([signal.SIGTERM, signal.SIGHUP, signal.SIGTERM, signal.SIGHUP], 1):
            server.wait_until(lambda after=after: asked(server) >= 10 * after)
            calling.send_signal(number)
            assert "mine\n" == calling.stdout.readline()
        code, said = ended(calling)

    assert (0, "finished\n") == (code, said)
    assert [] == lies(connected.read("out.csv"), server, SHEET, most_unknown=0)


def test_ctrl_c_in_a_library_call(connected: Machine, server: HostileServer) -> None:
    """KeyboardInterrupt reaches the caller, after what was on its way has ended: no row is in doubt, resume goes on."""
    connected.write_sheet("sheet.csv", SHEET)

    with started(connected, "-c", LIBRARY) as calling:
        server.wait_until(lambda: asked(server) >= 30)
        calling.send_signal(signal.SIGINT)
        code, said = ended(calling)
    sent = len(server.applied)
    rows = connected.read("out.csv")
    untrue = lies(rows, server, SHEET, most_unknown=0)
    resumed = connected.run("resume", "--yes", "--rate", "500/s")

    assert (7, "interrupted\n") == (code, said)
    assert 30 <= sent < ROWS
    # Of the few that were about to leave, a later one may have been faster.
    assert {"sent": sent, "not_attempted": ROWS - sent} == Counter(statuses(rows))
    assert [] == untrue
    assert 0 == resumed.exit_code, resumed.stderr
    assert [] == lies(connected.read("out.csv"), server, SHEET, most_unknown=0)
