"""Runs from Python that go on by themselves: started, waited for, stopped; from any thread, without signal handlers."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Literal

from hotline_batch.application.batch import request_from
from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.runs.start import forgotten_unless_started
from hotline_batch.application.runs.views.overview import show_run
from hotline_batch.application.runs.views.progress import RunProgress, run_progress, wait_for_run
from hotline_batch.application.runs.workers.detached import start_run_detached, stop_run
from hotline_batch.model.jobs import Kind
from hotline_batch.model.progress import RunSummary
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings


def start_run(
    sheet: str | PathLike[str],
    kind: Literal["send", "enrich"] = "send",
    *,
    output: str | None = None,
    settings: Settings | None = None,
    **options: object,
) -> str:
    """Plan a sheet and hand it over to a worker, a process of its own that outlives this one; the id of the run.

    ``options`` as of ``send_sheet``. Raises HotlineBatchError where nothing was done. The worker reads the settings
    file and the environment of this process: keys that ``settings`` were given otherwise are not passed on.
    """
    request = request_from(Kind(kind), fspath(sheet), {"output": output, **options})
    settings = settings or load_settings()
    run = plan_run(request, settings).run
    with forgotten_unless_started(settings, run.id):
        start_run_detached(settings, run.id, remember=request.remember)
    return run.id


def progress(run: str, *, settings: Settings | None = None) -> RunProgress:
    """How far a run is, and who works on it. Cheap, whatever its size. LedgerError where there is none of that id."""
    return run_progress(settings or load_settings(), run)


def wait(run: str, timeout_seconds: float | None = None, *, settings: Settings | None = None) -> RunSummary | None:
    """Wait until a run has ended, or nobody works on it any more; how it stands then.

    None where it still goes on after so many seconds. Any thread may wait, and several may.
    """
    settings = settings or load_settings()
    if wait_for_run(settings, run, timeout_seconds).is_going_on:
        return None
    return show_run(settings, run).summary


def stop(run: str, *, settings: Settings | None = None) -> None:
    """Ask whoever works on a run, here or elsewhere, to stop: what is on its way is awaited. Returns at once.

    LedgerError where the run is not under way.
    """
    stop_run(settings or load_settings(), run)
