"""Where the lines of a log go: bounded, for their owner alone, and never in anybody's way."""

from __future__ import annotations

import json
import logging
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hotline_batch.cli.log import log_file
from hotline_batch.cli.log.log_file import kept_log, log_in_use
from hotline_batch.settings.process import LogChoices, check_log_file

LOG = logging.getLogger("hotline_batch.test")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log that can be written."""
    found = tmp_path / "run.log"
    check_log_file(found)
    return found


def say(first: int, last: int) -> None:
    for row in range(first, last):
        LOG.info("row claimed", extra={"row": row})


def rows_in(path: Path) -> list[int]:
    """The row of each line; raises where a line is not whole."""
    return [json.loads(line)["row"] for line in path.read_text("utf-8").splitlines()]


@contextmanager
def full_disk(path: Path) -> Iterator[None]:
    """The limit of a file's size plays the disk that takes 50 bytes more."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 50, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


def test_log_of_watch_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full file is put aside, each for its owner alone; the oldest ones go."""
    monkeypatch.setattr(log_file, "LARGEST_BYTES", 1_000)

    with kept_log(LogChoices(path), rotates=True):
        say(0, 200)

    files = sorted(path.parent.iterdir())
    assert ["run.log", *(f"run.log.{number}" for number in range(1, 10))] == [found.name for found in files]
    assert all(found.stat().st_size <= 1_000 for found in files)
    assert {0o600} == {found.stat().st_mode & 0o777 for found in files}
    assert "row=199" in path.read_text("utf-8")


def test_disk_that_fills_and_is_freed_costs_lines_and_nothing_else(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever writes a line hears nothing of it; every line that is there is whole, the last ones too."""
    with kept_log(LogChoices(path, "json")):
        say(0, 10)
        with full_disk(path):
            say(10, 400)
        say(400, 410)

    rows = rows_in(path)
    assert [*range(10)] == rows[:10]
    assert [*range(400, 410)] == rows[-10:]
    assert len(rows) < 200
    assert ("", "") == capfd.readouterr()


def test_lines_of_many_threads_are_whole(path: Path) -> None:
    with kept_log(LogChoices(path, "json")):
        threads = [threading.Thread(target=say, args=(first, first + 100)) for first in range(0, 800, 100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert [*range(800)] == sorted(rows_in(path))


def test_afterwards_everything_is_as_before(path: Path) -> None:
    """A command that runs within another program leaves no handler and no level behind."""
    program = logging.getLogger("hotline_batch")
    before = (program.level, [*program.handlers])

    with kept_log(LogChoices(path, debug=True)):
        assert path == log_in_use()

    assert before == (program.level, program.handlers)
    assert log_in_use() is None
