"""The correction of a run as a function."""

from __future__ import annotations

from collections.abc import Callable

from hotline_batch.application.corrections.plan_correction import plan_correction
from hotline_batch.application.corrections.request import CorrectionRequest
from hotline_batch.application.runs.start import forgotten_unless_started, ledger_kept_open, start_run
from hotline_batch.application.stopping import interruptible
from hotline_batch.engine.progress import Progress
from hotline_batch.model.progress import RunSummary
from hotline_batch.run_options import options_named
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings


def correct_run(
    run: str,
    *,
    message: str | None = None,
    template: str | None = None,
    include_unknown: bool = False,
    again: bool = False,
    output: str | None = None,
    force: bool = False,
    settings: Settings | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    **options: object,
) -> RunSummary:
    """Send a correction to exactly those who got a message of ``run``, as ``hotline-batch correct --yes`` does.

    ``options`` are the names of ``RunOptions`` about rows and limits, and ``dates`` and ``numbers``. Raises
    HotlineBatchError where nothing was done, also where the run was corrected before; otherwise like ``send_sheet``.
    """
    named = options_named({"message": message, "template": template, **options}, "correct_run")
    request = CorrectionRequest(run, named, output, force, include_unknown=include_unknown, again=again)
    settings = settings or load_settings()
    with ledger_kept_open(settings):
        planned = plan_correction(request, settings)
        with forgotten_unless_started(settings, planned.run.id):
            return interruptible(lambda stop: start_run(settings, planned.run.id, stop=stop, on_progress=on_progress))
