"""A worker's process outlives whoever started it, also where processes are started otherwise than here."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Never

import pytest

from hotline_batch.application.batch import request_from
from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.runs.views.progress import run_progress
from hotline_batch.application.runs.workers import worker_process
from hotline_batch.application.runs.workers.detached import retry_detached, start_run_detached
from hotline_batch.application.runs.workers.worker_process import WorkerProcess, start_worker
from hotline_batch.errors import LedgerError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import JobState, Kind
from hotline_batch.model.runs import RunState
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from tests.support.processes.programs import ALWAYS_NEW
from tests.support.service.faults.answers import ERROR_IN_200
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials
from tests.support.waiting import wait_until

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


@pytest.fixture
def run(fresh_machine: Path, monkeypatch: pytest.MonkeyPatch, server: HostileServer) -> tuple[Settings, str]:
    """A run of one row that is planned, toward the service."""
    variables = Credentials().environment(server.url) | {
        "HOTLINE_BATCH_LEDGER": f"sqlite:///{fresh_machine / 'ledger.sqlite'}"
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings, sheet = load_settings(), fresh_machine / "sheet.csv"
    sheet.write_text("user_id,message\n1001,Hello\n", "utf-8")
    planned = plan_run(request_from(Kind.SEND, str(sheet), {}), settings, look_up=_nothing_to_look_up)
    return settings, planned.run.id


class Shells:
    """Workers as shells start them: each runs the next of some scripts, in which ``$@`` is the worker itself."""

    def __init__(self, *scripts: str) -> None:
        self.started: list[subprocess.Popen[bytes]] = []
        self._scripts = list(scripts)

    def __call__(self, command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        self.started.append(subprocess.Popen(["/bin/sh", "-c", self._scripts.pop(0), "-", *command], env=environment))
        return self.started[-1]


def watch_of_worker() -> threading.Thread:
    """Whoever waits for the worker that was started."""
    return next(thread for thread in threading.enumerate() if thread.name == "worker-watch")


def test_a_worker_that_never_begins_is_told_of(run: tuple[Settings, str], monkeypatch: pytest.MonkeyPatch) -> None:
    settings, run_id = run
    monkeypatch.setattr(worker_process, "_detached", Shells("sleep 0.1; exit 3"))

    start_run_detached(settings, run_id)
    watch_of_worker().join()

    with Ledger(settings.ledger) as ledger:
        found = ledger.run(run_id)
    assert ("stopped", "worker_failed") == (found.state.value, found.stop_code)
    assert "The worker ended before it began to work (exit code 3)." == found.stop_reason


def test_a_worker_that_ends_late_gives_nothing_up_that_another_is_to_begin(
    run: tuple[Settings, str], monkeypatch: pytest.MonkeyPatch, server: HostileServer, tmp_path: Path
) -> None:
    """It had still news to tell, say, when its run was gone on with; and it ended with failed rows, as it said."""
    settings, run_id = run
    server.fault_next(ERROR_IN_200)
    first_may_end, second_may_begin = tmp_path / "end", tmp_path / "begin"
    shells = Shells(
        f'"$@"; code=$?; until [ -e "{first_may_end}" ]; do sleep 0.02; done; exit $code',
        f'until [ -e "{second_may_begin}" ]; do sleep 0.02; done; exec "$@"',
    )
    monkeypatch.setattr(worker_process, "_detached", shells)

    start_run_detached(settings, run_id)
    wait_until(lambda: run_progress(settings, run_id).state is RunState.FINISHED)
    wait_until(lambda: not run_progress(settings, run_id).workers)
    watch = watch_of_worker()
    retry_detached(settings, run_id)
    first_may_end.touch()
    watch.join()
    second_may_begin.touch()
    codes = [process.wait() for process in shells.started]

    with Ledger(settings.ledger) as ledger:
        found, counts = ledger.run(run_id), ledger.counts(run_id)
    assert [1, 0] == codes
    assert ("finished", "") == (found.state.value, found.stop_code)
    assert {JobState.SUCCEEDED: 1} == counts


def _nothing_to_look_up(run_id: str) -> Never:
    raise AssertionError(run_id)
