"""Runs that a page started: which one it is, and how it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from hotline_batch.application.runs.views.progress import RunProgress, run_progress, wait_for_run
from hotline_batch.model.jobs import Status
from hotline_batch.model.runs import RunState
from hotline_batch.settings.model import Settings
from tests.support.page.page_forms import Visit
from tests.support.service.hostile_server import HostileServer
from tests.support.waiting import wait_until

_PATIENCE_SECONDS = 180.0


def run_of(page: Visit) -> str:
    """The run whose page this is."""
    found = re.fullmatch("/runs/([0-9a-z-]+)", page.address)
    assert found is not None, page.words
    return found[1]


def ended(settings: Settings, page: Visit) -> RunProgress:
    """How the run whose page this is ended."""
    progress = wait_for_run(settings, run_of(page), _PATIENCE_SECONDS)
    assert progress.state in {RunState.FINISHED, RunState.STOPPED}, progress
    return progress


def becomes(settings: Settings, page: Visit, expected: Mapping[Status, int]) -> None:
    """Wait until the rows of the run whose page this is stand so, and nobody works on it."""

    def counts() -> dict[Status, int]:
        return {status: rows for status, rows in progress().counts.items() if rows}

    def progress() -> RunProgress:
        return run_progress(settings, run_of(page))

    wait_until(
        lambda: counts() == expected and not progress().workers,
        _PATIENCE_SECONDS,
        lambda: f"{counts()}, expected {expected}",
    )


def write_connections_that_ask(folder: Path, service: HostileServer, *names: str) -> None:
    """Settings in a folder whose connections, all to one service, ask for their names before anything goes through."""
    write_connections(folder, service, *names, more="confirm = true\n")


def write_connections(folder: Path, service: HostileServer, *names: str, more: str = "") -> None:
    """Settings in a folder with these connections, all to one service; each with what is to stand there ``more``."""
    keys = f'instance = "{service.credentials.instance}"\napi_key = "env:HOTLINE_API_KEY"\n{more}'
    text = "".join(f"[connections.{name}]\n{keys}" for name in names)
    (folder / "hotline-batch.toml").write_text(f'send_rate = "200/s"\n{text}', "utf-8")
