"""A served page with a fresh ledger, and browsers for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.page.page_server import Browser, PageServer
from tests.support.service.hostile_server import HostileServer


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
