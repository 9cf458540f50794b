"""Why the run of a file has ended early -> whether it goes on by itself, or what a person is told."""

from __future__ import annotations

from hotline_batch.application.runs.giving_up import WORKER_FAILED
from hotline_batch.language.words import words
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run, RunState
from hotline_batch.next_step import Advised, NextStep, Told, advised, step

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


def goes_on_later(run: Run) -> bool:
    """Whether a run that was stopped is to be gone on with after a while, without a person."""
    return run.state is RunState.STOPPED and run.stop_code in _GOES_ON_LATER


def needs_a_person(summary: RunSummary) -> Advised:
    """What is told of a run that does not go on by itself."""
    said = words(
        "Run {run} was stopped: {stop_reason} Look at it, then go on with:",
        run=summary.run,
        stop_reason=summary.stop_reason,
    )
    return advised(said, step(NextStep.RESUME, run=summary.run))


def beside(note: str, reason: Advised | None) -> Told:
    """Both, with the steps of the latter."""
    return advised(f"{note} {reason.text}".strip(), *reason.steps) if reason else note
