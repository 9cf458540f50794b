"""Runs as functions for Python: done here and now with a true result sheet, or handed over to go on by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike, fspath
from typing import Literal

from hotline_batch.application.connections import check_confirmed
from hotline_batch.application.corrections.plan_correction import plan_correction
from hotline_batch.application.corrections.request import CorrectionRequest
from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.runs import start
from hotline_batch.application.runs.start import (
    Watcher,
    forgotten_unless_started,
    ledger_kept_open,
    look_up_users,
    ready_to_start,
)
from hotline_batch.application.runs.views.listing import show_run
from hotline_batch.application.runs.views.progress import RunProgress, run_progress, wait_for_run
from hotline_batch.application.runs.workers.detached import start_run_detached, stop_run
from hotline_batch.application.stopping import Stop, interruptible
from hotline_batch.model.jobs import Kind
from hotline_batch.model.progress import Progress, RunSummary
from hotline_batch.model.runs import Run
from hotline_batch.option_values import value_for
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
    confirm: str | Sequence[str] = (),
    settings: Settings | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    **options: object,
) -> RunSummary:
    """Post one message per row of ``sheet``, as ``hotline-batch send --yes`` does.

    ``options`` are the names of ``RunOptions``, in whatever group they stand, and of ``SheetRequest``. ``confirm`` are
    the names of connections that ask for theirs. Raises HotlineBatchError where nothing was done; what became of each
    row is in the result sheet and in the ledger. No signal is caught: KeyboardInterrupt, and whatever else the caller's
    own handlers raise, stops the run as Ctrl-C stops the command, and is raised then. ``on_progress`` is called in
    another thread.
    """
    named = {"message": message, "template": template, "output": output, **options}
    return _do(Kind.SEND, fspath(sheet), named, settings, on_progress, confirm)


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
    confirm: str | Sequence[str] = (),
) -> RunSummary:
    request = request_from(kind, sheet, options)
    settings = settings or load_settings()

    def plan_and_start(stop: Stop) -> RunSummary:
        watcher = Watcher(on_progress, stop)
        with ledger_kept_open(settings):
            planned = plan_run(request, settings, look_up=lambda run: look_up_users(settings, run, watcher=watcher))
            with _forgotten_unless_wanted(settings, planned.run, confirm, stop):
                return start.start_run(settings, planned.run.id, remember=request.remember, watcher=watcher)

    return interruptible(plan_and_start)


@contextmanager
def _forgotten_unless_wanted(settings: Settings, run: Run, confirm: str | Sequence[str], stop: Stop) -> Iterator[None]:
    """A planned run is started within, or forgotten: also where somebody asked to stop while it was planned."""
    with forgotten_unless_started(settings, run.id):
        stop.heed()
        _check_confirmed(settings, run, confirm)
        yield


def _check_confirmed(settings: Settings, run: Run, confirm: str | Sequence[str]) -> None:
    """SettingsError where the run would send through a connection that asks for its name, which was not given."""
    given = (confirm,) if isinstance(confirm, str) else confirm
    check_confirmed(settings, ready_to_start(settings, run), given)


def request_from(kind: Kind, sheet: str, named: Mapping[str, object]) -> SheetRequest:
    """Options by name -> what is asked for; TypeError for a name that is not known."""
    of_sheet = {name: value for name, value in named.items() if name in _OF_THE_SHEET}
    of_sheet["output"] = _output(named.get("output"))
    options = options_named({name: value for name, value in named.items() if name not in of_sheet}, f"{kind}_sheet")
    return SheetRequest(kind, sheet, options, **of_sheet)  # type: ignore[arg-type]  # checked where each is used


def _output(given: object) -> str | None:
    """Where the result goes; None: beside the sheet. SettingsError for what is no place."""
    return None if given is None else str(value_for("output", "str", given))


def correct_run(  # noqa: PLR0913 - each is an option that a caller names
    run: str,
    *,
    message: str | None = None,
    template: str | None = None,
    include_unknown: bool = False,
    again: bool = False,
    output: str | None = None,
    force: bool = False,
    confirm: str | Sequence[str] = (),
    settings: Settings | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    **options: object,
) -> RunSummary:
    """Send a correction to exactly those who got a message of ``run``, as ``hotline-batch correct --yes`` does.

    ``options`` are the names of ``RunOptions`` about rows and limits, and ``dates`` and ``numbers``; ``confirm`` is as
    of ``send_sheet``. Raises HotlineBatchError where nothing was done, also where the run was corrected before;
    otherwise like ``send_sheet``.
    """
    named = options_named({"message": message, "template": template, **options}, "correct_run")
    request = CorrectionRequest(run, named, _output(output), force, include_unknown=include_unknown, again=again)
    settings = settings or load_settings()

    def plan_and_start(stop: Stop) -> RunSummary:
        with ledger_kept_open(settings):
            planned = plan_correction(request, settings)
            with _forgotten_unless_wanted(settings, planned.run, confirm, stop):
                return start.start_run(settings, planned.run.id, watcher=Watcher(on_progress, stop))

    return interruptible(plan_and_start)


def start_run(
    sheet: str | PathLike[str],
    kind: Literal["send", "enrich"] = "send",
    *,
    output: str | None = None,
    confirm: str | Sequence[str] = (),
    settings: Settings | None = None,
    **options: object,
) -> str:
    """Plan a sheet and hand it over to a worker, a process of its own that outlives this one; the id of the run.

    ``options`` and ``confirm`` as of ``send_sheet``. Raises HotlineBatchError where nothing was done. The worker reads
    the settings file and the environment of this process: keys that ``settings`` were given otherwise are not passed
    on.
    """
    request = request_from(Kind(kind), fspath(sheet), {"output": output, **options})
    settings = settings or load_settings()

    def plan_and_hand_over(stop: Stop) -> str:
        run = plan_run(request, settings).run
        with _forgotten_unless_wanted(settings, run, confirm, stop):
            start_run_detached(settings, run.id, remember=request.remember)
        return run.id

    return interruptible(plan_and_hand_over)


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
