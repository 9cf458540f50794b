"""A run of a watched folder's file that nobody works on -> whether it goes on without a person."""

from __future__ import annotations

from hotline_batch.application.runs.concluding import WORKER_FAILED
from hotline_batch.errors import RunInProgress
from hotline_batch.language.words import words
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import JobState
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run, RunState

# The service, the keys or the ledger are in the way, not the file: it stays in the inbox and its run goes on later.
# All other reasons for a stop need a person, since going on may cost more doubtful or failed rows.
_GOES_ON_LATER = frozenset(
    {
        "unreachable",
        "endpoint_missing",
        "rate_limited_too_long",
        "credentials_refused",
        "certificate_refused",
        "proxy_refused",
        "bot_check",
        "firewall_refused",
        "quota_used_up",
        "ledger_failed",
        WORKER_FAILED,
    }
)
# Each try may leave doubtful rows, where the pause is asked for by an outage, or the ledger takes promises and no
# outcomes; so many stop any run.
_MAY_LEAVE_DOUBTS = frozenset({"rate_limited_too_long", "ledger_failed"})
_MOST_DOUBTS = 3


def passes_by_itself(ended: Run | RunSummary) -> bool:
    """Whether a run was stopped for something that passes, or is mended, without a look at the run."""
    return ended.state is RunState.STOPPED and ended.stop_code in _GOES_ON_LATER


def goes_on_later(run: Run, ledger: Ledger) -> bool:
    """Whether a run that was stopped is to be gone on with after a while, without a person.

    Not where going on after pauses that the service asked for, or with a ledger that failed, has left several rows in
    doubt.
    """
    if not passes_by_itself(run):
        return False
    return run.stop_code not in _MAY_LEAVE_DOUBTS or ledger.counts(run.id).get(JobState.UNKNOWN, 0) < _MOST_DOUBTS


def waits_for_its_watcher(run: Run, ledger: Ledger) -> bool:
    """Whether the watcher of the folder that its file lies in begins a run, or goes on with it, when it is time."""
    if not run.notes.lies_in_inbox or run.notes.pruned_at is not None:
        return False
    return run.state is RunState.PLANNED or goes_on_later(run, ledger)


def check_not_ended_since(ledger: Ledger, seen: Run) -> None:
    """RunInProgress where somebody has ended a run since it was looked at, as with a stop; called while it is held.

    What is to become of it has to be asked anew.
    """
    now = ledger.run(seen.id)
    if now.has_ended and (now.state, now.stop_code) != (seen.state, seen.stop_code):
        raise RunInProgress(words("Another process{where} is working on run {run_id}.", where="", run_id=seen.id))
