"""A worker's process outlives whoever started it, also where processes are started otherwise than here."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from hotline_batch.application.runs.workers import worker_process
from hotline_batch.application.runs.workers.worker_process import WorkerProcess, start_worker
from hotline_batch.errors import LedgerError
from hotline_batch.settings.load import load_settings
from tests.support.processes.programs import ALWAYS_NEW

DETACHED, NEW_GROUP, LEAVES_JOB = 0x8, 0x200, 0x1000000


class Started:
    """Stands for the operating system: notes with which flags processes are started, and refuses some of them."""

    def __init__(self, *refused: int) -> None:
        self.flags: list[int] = []
        self._refused = refused
        self._really = subprocess.Popen

    def __call__(self, *_command: Any, creationflags: int, **_more: Any) -> subprocess.Popen[bytes]:
        self.flags.append(creationflags)
        if creationflags in self._refused:
            raise PermissionError(5, "Access is denied")
        return self._really(["true"])


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The flags that only Windows has."""
    names = {
        "DETACHED_PROCESS": DETACHED,
        "CREATE_NEW_PROCESS_GROUP": NEW_GROUP,
        "CREATE_BREAKAWAY_FROM_JOB": LEAVES_JOB,
    }
    for name, value in names.items():
        monkeypatch.setattr(subprocess, name, value, raising=False)


def start(monkeypatch: pytest.MonkeyPatch, started: Started) -> None:
    monkeypatch.setenv(ALWAYS_NEW, "1")
    monkeypatch.setattr(worker_process, "_wait", lambda *_arguments: None)
    real = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", started)
    try:
        found = start_worker(load_settings(), "a-run")
    finally:
        monkeypatch.setattr(subprocess, "Popen", real)
    assert isinstance(found, WorkerProcess)
    found.process.wait()


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(("refused", "tried"), [((), 1), ((DETACHED | NEW_GROUP | LEAVES_JOB,), 2)])
def test_on_windows_it_leaves_its_session_where_it_may(
    fresh_machine: Path, monkeypatch: pytest.MonkeyPatch, refused: tuple[int, ...], tried: int
) -> None:
    """Without a window, without Ctrl-C; where the job lets nobody leave, it starts within."""
    started = Started(*refused)

    start(monkeypatch, started)

    assert [DETACHED | NEW_GROUP | LEAVES_JOB, DETACHED | NEW_GROUP][:tried] == started.flags


def test_elsewhere_there_are_no_flags(fresh_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = Started()

    start(monkeypatch, started)

    assert [0] == started.flags


def test_machine_that_starts_nothing_leaves_the_run_to_another(
    fresh_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LedgerError, match="The run waits for one"):
        start(monkeypatch, Started(0))
