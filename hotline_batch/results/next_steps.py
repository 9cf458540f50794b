"""A summary -> what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from hotline_batch.issues.codes import RECORDS
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.next_step import Advised, NextStep, advised, step

# Invalid rows, which are mended in the sheet, are no failed ones.
_AFTER_MENDING = {"after mending the row", "after mending the settings"}


def next_steps(summary: RunSummary) -> Iterator[Advised]:
    """The steps; none if nothing is left to do."""
    counts = summary.counts
    to_resend = summary.codes.get("resend_asked", 0)
    if counts.get(Status.NOT_ATTEMPTED) or to_resend:
        yield advised(words("Go on with the rest:"), step(NextStep.RESUME, run=summary.run))
    if counts.get(Status.UNKNOWN, 0) > to_resend:
        resolve = step(NextStep.RESOLVE, run=summary.run)
        yield advised(words("Look into the topics, then settle the unknown rows:"), resolve)
    if counts.get(Status.FAILED):
        retry = step(NextStep.RETRY, run=summary.run)
        refused = any(RECORDS[code].again in _AFTER_MENDING for code in summary.codes if code in RECORDS)
        said = (
            words("Mend what was refused, then try the failed rows again:")
            if refused
            else words("Try the failed rows again:")
        )
        yield advised(said, retry)
    if summary.codes.get("possibly_sent"):
        said = words("Rows that an earlier run may have sent were left out:")
        yield advised(said, step(NextStep.RESOLVE_EARLIER_RUN))
    if counts.get(Status.INVALID) and summary.corrects:
        said = words("Some who got the wrong message could not be sent this text.")
        yield advised(said, step(NextStep.CORRECT_AGAIN, run=summary.corrects))
    elif counts.get(Status.INVALID):
        yield advised("", step(NextStep.MEND_INVALID_ROWS))
