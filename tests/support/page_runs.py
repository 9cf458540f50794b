"""Runs that a page started: which one it is, and how it ended."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from threading import Event

from hotline_batch.application.runs.progress import RunProgress, run_progress
from hotline_batch.model import RunState, Status
from hotline_batch.settings.model import Settings
from tests.support.page_forms import Visit

_PATIENCE_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.05


def run_of(page: Visit) -> str:
    """The run whose page this is."""
    found = re.fullmatch("/runs/([0-9a-z-]+)", page.address)
    assert found is not None, page.words
    return found[1]


def ended(settings: Settings, page: Visit) -> RunProgress:
    """How the run whose page this is ended."""
    run_id, until = run_of(page), time.monotonic() + _PATIENCE_SECONDS
    while True:
        progress = run_progress(settings, run_id)
        if progress.state in {RunState.FINISHED, RunState.STOPPED} and not progress.workers:
            return progress
        assert time.monotonic() < until, progress
        Event().wait(_LOOK_EVERY_SECONDS)


def becomes(settings: Settings, page: Visit, expected: Mapping[Status, int]) -> None:
    """Wait until the rows of the run whose page this is stand so, and nobody works on it."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        progress = run_progress(settings, run_of(page))
        counts = {status: rows for status, rows in progress.counts.items() if rows}
        if counts == expected and not progress.workers:
            return
        assert time.monotonic() < until, f"{counts}, expected {expected}"
        Event().wait(_LOOK_EVERY_SECONDS)
