"""Commands that only write are asked to end, by the machine or a terminal that goes: nothing half made stays behind."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from hotline_batch.ledger.ledger import Ledger
from tests.support.ledgers.ledger_examples import add_run, messages
from tests.support.processes.journey import PATIENCE_SECONDS, Command, Machine

ROWS = 40_000
RUN = "20261122-180412-k3f9"


def wait_until_it_writes(command: Command, output: Path, scratch: Path) -> None:
    """Until both its files lie there, one beside the output and one with rows; raises where it ends before."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not (any(output.glob("*.part")) and any(part.stat().st_size for part in scratch.glob("hotline-batch-*/*"))):
        assert command.is_running, command.said
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture
def folders(machine: Machine) -> tuple[Path, Path]:
    """Where the output goes, and where temporary files go: both empty."""
    output, scratch = machine.folder / "output", machine.home / "scratch"
    output.mkdir()
    scratch.mkdir()
    machine.environment["TMPDIR"] = str(scratch)
    return output, scratch


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows ends processes without a signal")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_result_sheet(machine: Machine, folders: tuple[Path, Path], name: str) -> None:
    """Neither beside the output nor among the temporary files is anything left, where names and phones would stand."""
    with Ledger(machine.environment["HOTLINE_BATCH_LEDGER"]) as ledger:
        add_run(ledger, RUN, messages(ROWS))

    with machine.start("results", RUN, "-o", folders[0] / "out.xlsx") as writing:
        wait_until_it_writes(writing, *folders)
        writing.signal(signal.Signals[name])
        ended = writing.end()

    assert 130 == ended.exit_code, ended.stderr
    assert "Stopped" in ended.stderr
    assert [] == [path.name for folder in folders for path in folder.iterdir()]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows ends processes without a signal")
def test_marked_sheet(machine: Machine, folders: tuple[Path, Path]) -> None:
    """The same for the sheet that a check marks."""
    machine.write_sheet("sheet.csv", ((1_000_001 + at, "") for at in range(ROWS)))

    with machine.start("check", "sheet.csv", "--for", "send", "-o", folders[0] / "marked.xlsx") as checking:
        wait_until_it_writes(checking, *folders)
        checking.signal(signal.SIGTERM)
        ended = checking.end()

    assert 130 == ended.exit_code, ended.stderr
    assert [] == [path.name for folder in folders for path in folder.iterdir()]
