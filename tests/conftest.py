"""What is so for all tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from hotline_batch.application.runs.workers import worker_process
from hotline_batch.language.languages import SOURCE, speak
from hotline_batch.ledger.ledger import Ledger
from tests.support.ledgers.postgresql import LEFT_OUT, Cluster, Database, find_programs, is_needed
from tests.support.page.chromium import LEFT_OUT as CHROMIUM_LEFT_OUT
from tests.support.processes.programs import detached_as_fork
from tests.support.service.hostile_server import HostileServer

# For most people lxml is not there; a journey of its own uses it. openpyxl asks when it is imported.
os.environ["OPENPYXL_LXML"] = "False"

# The program speaks the language of whoever runs it; what tests expect stands in English, unless they say otherwise.
os.environ.update(LC_ALL="C.UTF-8", LANG="C.UTF-8")
os.environ.pop("HOTLINE_BATCH_LANGUAGE", None)

# Programs that tests start find their modules compiled, as installed ones do.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Tests that are run in the background, or under nohup, ignore these from birth, and so would every program they start.
for _number, _usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)


# An example may take as long as the machine is busy, and so may drawing it.
settings.register_profile("no clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no clock")


def pytest_xdist_auto_num_workers() -> int:
    """As many tests at once as there are processors, and never fewer than four: many wait for a service or a pace."""
    return max(4, os.cpu_count() or 1)


@pytest.fixture(scope="session", autouse=True)
def _workers_begin_soon() -> Iterator[None]:
    """Those to whom this process hands runs over are forks, see ``tests.support.processes.programs``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker_process, "_detached", detached_as_fork(worker_process._detached))
        yield


@pytest.fixture(autouse=True)
def _speaking_english() -> Iterator[None]:
    """What one test lets this process speak, the next one does not hear."""
    speak(SOURCE)
    yield
    speak(SOURCE)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A running PostgreSQL server, one for each process of the tests, made when the first test asks for it."""
    programs = find_programs()
    if programs is None:
        if is_needed():
            pytest.fail(f"PostgreSQL is needed here, and {LEFT_OUT.removeprefix('left out: ')}")
        pytest.skip(LEFT_OUT)
    with Cluster(programs) as running:
        yield running


@pytest.fixture
def database(postgresql: Cluster) -> Iterator[Database]:
    """A fresh, empty PostgreSQL database with a role of its own."""
    fresh = postgresql.fresh_database()
    yield fresh
    postgresql.drop(fresh)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a ledger that is not there yet, in each of the two databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    database: Database = request.getfixturevalue("database")
    return database.url


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An open ledger in a file of its own."""
    with Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}") as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[HostileServer]:
    """A service in good health."""
    with HostileServer() as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it aloud where tests were left out for want of a server or of a browser."""
    skipped = terminalreporter.stats.get("skipped", [])
    for reason in (LEFT_OUT, CHROMIUM_LEFT_OUT):
        count = sum(reason in str(report.longrepr) for report in skipped)
        if count:
            terminalreporter.write_line(f"{count} tests {reason}", yellow=True)


@pytest.fixture
def fresh_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folders that nobody has used; no setting from outside."""
    for name, folder in (("HOME", "home"), ("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state")):
        (tmp_path / folder).mkdir()
        monkeypatch.setenv(name, str(tmp_path / folder))
    for name in (
        "HOTLINE_X_API_KEY",
        "HOTLINE_INSTANCE",
        "HOTLINE_API_KEY",
        "HOTLINE_ENDPOINT",
        "HOTLINE_BATCH_CONFIG",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOTLINE_BATCH_LEDGER", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.chdir(tmp_path)
    return tmp_path
