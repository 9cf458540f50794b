"""A run that a person agreed to -> handed over to workers, which outlive whoever handed it over."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from enum import Enum, auto

from hotline_batch.application.cluster.entry import to_the_cluster
from hotline_batch.application.office.acting import acting_person, needs
from hotline_batch.application.office.approvals import approve_run
from hotline_batch.application.runs.by_itself import check_not_ended_since, waits_for_its_watcher
from hotline_batch.application.runs.checks import check_run_may_be_real
from hotline_batch.application.runs.concluding import end_without_work, give_up
from hotline_batch.application.runs.driving import Watcher, drive_lanes, open_run
from hotline_batch.application.runs.hours import with_start
from hotline_batch.application.runs.start import agree
from hotline_batch.application.runs.workers.worker_process import start_worker
from hotline_batch.application.stopping import Leave, Stop
from hotline_batch.engine.session import INTERRUPTED
from hotline_batch.errors import HotlineBatchError, LedgerError, LedgerLost, RunInProgress, SettingsError, TakenOver
from hotline_batch.language.words import words
from hotline_batch.ledger.lanes.runs import Asked, ask_to_stop
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.audit_log import Action, newest_entries, record
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import RunState
from hotline_batch.next_step import NextStep, step
from hotline_batch.people import Role
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)

# While a run waits for approval, less is done about it.
_DEEDS = 100


@needs(Role.PREPARE)
def start_run_detached(settings: Settings, run_id: str, *, remember: bool = False) -> None:
    """Hand a planned run that a person agreed to over to a worker, and return at once.

    Raises RunInProgress where somebody works on it already, SettingsError where a key that it needs cannot be used.
    """
    with Ledger(settings.ledger) as ledger:
        agree(ledger, run_id, remember=remember)
        hand_over(ledger, run_id, settings)


@needs(Role.PREPARE)
def resume_detached(
    settings: Settings, run_id: str, limits: Limits | None = None, *, output: str | None = None
) -> None:
    """Hand a run over that has to go on. Rows that may have been delivered are never sent again by this.

    ``limits`` and ``output`` as of ``resume_run``. Raises as ``start_run_detached``.
    """
    with Ledger(settings.ledger) as ledger:
        hand_over(ledger, run_id, settings, limits or Limits(), output)


@needs(Role.PREPARE)
def retry_detached(settings: Settings, run_id: str, limits: Limits | None = None, *, output: str | None = None) -> None:
    """Hand a run over for new attempts of its failed rows, and of those that were never attempted.

    ``limits`` and ``output`` as of ``retry_run``. Raises as ``start_run_detached``.
    """
    with Ledger(settings.ledger) as ledger:
        hand_over(ledger, run_id, settings, limits or Limits(), output, reopens_failed=True)


class AfterApproval(Enum):
    """What became of a run that was approved to be sent at once."""

    HANDED_OVER = auto()
    IN_USE = auto()
    """Somebody works on it, who sends it; else somebody has to start it."""
    STOPPED = auto()
    """A person stopped it while it waited: it stays so until somebody goes on with it."""


@needs(Role.APPROVE)
def approve_and_start(settings: Settings, run_id: str, *, note: str = "", seen: str = "") -> AfterApproval:
    """Approve what somebody else prepared, and hand it over at once, as a second signature does.

    Raises as ``approve_run``, when nothing is approved, and as ``start_run_detached``, when it is.
    """
    with Ledger(settings.ledger) as ledger:
        check_run_may_be_real(settings, ledger.run(run_id))
        question = approve_run(settings, run_id, note=note, seen=seen)
        run = ledger.run(run_id)
        if run.state is RunState.INTERRUPTED and _was_stopped_since(ledger, run_id, question.approval.asked_at):
            return AfterApproval.STOPPED
        try:
            # Others who decide at the same moment hold it, too, and hand nothing over.
            hand_over(ledger, run_id, settings, check=lambda: check_not_ended_since(ledger, run), is_patient=True)
        except RunInProgress:
            return AfterApproval.IN_USE
    return AfterApproval.HANDED_OVER


def _was_stopped_since(ledger: Ledger, run_id: str, moment: float) -> bool:
    """Whether a person stopped the run since that moment, both by the ledger's clock."""
    deeds = newest_entries(ledger, _DEEDS, run=run_id)
    return any(deed.action == Action.STOPPED and deed.at >= moment for deed in deeds)


@needs(Role.PREPARE)
def stop_run(settings: Settings, run_id: str) -> None:
    """Ask whoever works on a run, here or elsewhere, to stop: nothing new is sent, what is on its way is awaited.

    One that only waits, for a worker or the watcher of its folder, is stopped at once. LedgerError where the run is not
    under way.
    """
    person = acting_person()
    with Ledger(settings.ledger) as ledger:
        _stop(ledger, settings, run_id, person.name, f"Stopped by {person.called}.")
        record(ledger, person, Action.STOPPED, run_id)


def _stop(ledger: Ledger, settings: Settings, run_id: str, by: str, reason: str) -> None:
    ledger.run(run_id)  # a run that is not there is told as such
    asked = _ask(ledger, run_id, by, reason)
    if asked is Asked.WORKER:
        return
    if asked is Asked.NOBODY:
        _check_under_way(ledger, run_id)
    try:
        # Whoever has it for a moment, as its watcher does who cannot hand it over, gives it back without a look.
        with ledger.hold(run_id, is_patient=True) as held:
            _check_under_way(ledger, run_id)  # its last worker may have ended it meanwhile
            end_without_work(ledger, held, settings, INTERRUPTED, reason)
    except RunInProgress:
        if _ask(ledger, run_id, by, reason) is Asked.NOBODY:
            raise


def _ask(ledger: Ledger, run_id: str, by: str, reason: str) -> Asked:
    asked = ask_to_stop(ledger, run_id, by, reason)
    if asked is not Asked.NOBODY:
        _log.warning("stop asked", extra={"run": run_id, "by": by})
    return asked


def _check_under_way(ledger: Ledger, run_id: str) -> None:
    # Where its worker has died, another one would go on with it.
    is_left = any(lane.is_for_workers and lane.is_open for lane in ledger.lanes(run_id).values())
    run = ledger.run(run_id)
    if not is_left and run.state is not RunState.RUNNING and not waits_for_its_watcher(run, ledger):
        raise LedgerError(words("Run {run_id} is not under way.", run_id=run_id), step(NextStep.SHOW_RUN, run=run_id))


def drive_run(settings: Settings, run_id: str, watcher: Watcher | None = None) -> RunSummary | None:
    """What a worker's process does: work on the lanes of a run that nobody works on; None where others go on with it.

    Where it cannot, the run says why: it is stopped then, for whoever looks at it to see.
    """
    with Ledger(settings.ledger) as ledger:
        try:
            return drive_lanes(ledger, run_id, settings, watcher=watcher, is_patient=True)
        except (RunInProgress, TakenOver, LedgerLost):
            raise
        except HotlineBatchError as error:
            give_up(ledger, run_id, settings, str(error))
            raise


def how_to_stop(settings: Settings, run_id: str) -> Stop:
    """What a worker's process heeds that somebody ends: its run is stopped; that of a watched folder is left to others.

    LedgerError where there is no such run.
    """
    with Ledger(settings.ledger) as ledger:
        return Leave() if ledger.run(run_id).notes.lies_in_inbox else Stop()


def _nothing_to_check() -> None:
    """For a run that is only this process's to hand over."""


def hand_over(
    ledger: Ledger,
    run_id: str,
    settings: Settings,
    limits: Limits | None = None,
    output: str | None = None,
    *,
    reopens_failed: bool = False,
    check: Callable[[], None] = _nothing_to_check,
    starts_worker: bool = True,
    is_patient: bool = False,
) -> None:
    """Lay a run out for workers: those of several machines, where they serve, else for a process of its own.

    ``check`` is called while the run is held, before anything of it is changed; it raises where that is not to be. Not
    ``starts_worker``: whoever calls looks after that process. ``is_patient`` as of ``Ledger.hold``. Raises as
    ``start_run_detached``.
    """
    with ledger.hold(run_id, is_patient=is_patient) as held:
        check()
        cluster = to_the_cluster(ledger, settings, run_id)
        if cluster is not None:
            _check_news_arrive(settings)
        chosen = with_start(limits or Limits(), settings, time.time(), ledger.run(run_id))
        open_run(
            ledger,
            held,
            settings,
            chosen,
            output=output,
            reopens_failed=reopens_failed,
            for_workers=True,
            in_the_same_step=cluster,
        )
    wish = held.last_wish
    if wish is not None:  # asked for while it was handed over, when there was nobody yet to heed it
        _stop(ledger, settings, run_id, wish.by, wish.reason)
    elif cluster is None and starts_worker:
        start_worker(settings, run_id)


def _check_news_arrive(settings: Settings) -> None:
    """SettingsError where addresses that are told were given in the clear, which other machines would have to tell.

    A process of this machine gets them with its environment.
    """
    if settings.news.chosen_secrets:
        raise SettingsError(
            words(
                "The run would be handed over to workers on other machines. An address to tell may hold a "
                "password, which the ledger does not keep, so they would not know it. Name where each of them "
                "finds it: env:NAME, file:PATH or keyring:SERVICE/NAME."
            )
        )
