"""The two jobs as functions: a sheet goes in, a true result sheet comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike, fspath

from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.runs.start import forgotten_unless_started, ledger_kept_open, look_up_users, start_run
from hotline_batch.application.stopping import interruptible
from hotline_batch.engine.progress import Progress
from hotline_batch.model.jobs import Kind
from hotline_batch.model.progress import RunSummary
from hotline_batch.run_options import options_named
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings

_OF_THE_SHEET = frozenset({"output", "result_format", "force", "remember", "asks"})


def send_sheet(
    sheet: str | PathLike[str],
    *,
    message: str | None = None,
    template: str | None = None,
    output: str | None = None,
    settings: Settings | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    **options: object,
) -> RunSummary:
    """Post one message per row of ``sheet``, as ``hotline-batch send --yes`` does.

    ``options`` are the names of ``RunOptions``, in whatever group they stand, and of ``SheetRequest``. Raises
    HotlineBatchError where nothing was done; what became of each row is in the result sheet and in the ledger. No
    signal is caught: KeyboardInterrupt, and whatever else the caller's own handlers raise, stops the run as Ctrl-C
    stops the command, and is raised then. ``on_progress`` is called in another thread.
    """
    named = {"message": message, "template": template, "output": output, **options}
    return _do(Kind.SEND, fspath(sheet), named, settings, on_progress)


def enrich_sheet(
    sheet: str | PathLike[str],
    *,
    output: str | None = None,
    settings: Settings | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    **options: object,
) -> RunSummary:
    """Look up one topic per row of ``sheet``, as ``hotline-batch enrich`` does. Otherwise like ``send_sheet``."""
    return _do(Kind.ENRICH, fspath(sheet), {"output": output, **options}, settings, on_progress)


def _do(
    kind: Kind,
    sheet: str,
    options: Mapping[str, object],
    settings: Settings | None,
    on_progress: Callable[[Progress], None],
) -> RunSummary:
    request = request_from(kind, sheet, options)
    settings = settings or load_settings()

    def look_up(run_id: str) -> RunSummary:
        return interruptible(lambda stop: look_up_users(settings, run_id, stop=stop, on_progress=on_progress))

    with ledger_kept_open(settings):
        planned = plan_run(request, settings, look_up=look_up)
        run_id, remember = planned.run.id, request.remember
        with forgotten_unless_started(settings, run_id):
            return interruptible(
                lambda stop: start_run(settings, run_id, remember=remember, stop=stop, on_progress=on_progress)
            )


def request_from(kind: Kind, sheet: str, named: Mapping[str, object]) -> SheetRequest:
    """Options by name -> what is asked for; TypeError for a name that is not known."""
    of_sheet = {name: value for name, value in named.items() if name in _OF_THE_SHEET}
    options = options_named({name: value for name, value in named.items() if name not in of_sheet}, f"{kind}_sheet")
    return SheetRequest(kind, sheet, options, **of_sheet)  # type: ignore[arg-type]  # checked where each is used
