"""A served page with a fresh ledger, and browsers for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hostile_server import HostileServer
from tests.support.page_server import Browser, PageServer


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


@pytest.fixture
def service(fresh_machine: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileServer]:
    """A service that counts what it gets, and the settings that name it."""
    with HostileServer() as server:
        for name, value in server.credentials.environment(server.url).items():
            monkeypatch.setenv(name, value)
        (fresh_machine / "hotline-batch.toml").write_text('send_rate = "200/s"\n', "utf-8")
        yield server


@pytest.fixture
def served(fresh_machine: Path) -> Iterator[PageServer]:
    """The page, served."""
    with PageServer(fresh_machine / "page") as server:
        yield server


@pytest.fixture
def browser(served: PageServer) -> Browser:
    """A browser that the page knows."""
    return served.browser()
