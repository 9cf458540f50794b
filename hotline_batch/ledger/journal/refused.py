"""Rows whose claim was refused -> left out, with what another run has done, or may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from hotline_batch.issues.issue import CASE, Issue
from hotline_batch.issues.left_out import MEANWHILE, ON_ITS_WAY, SINCE
from hotline_batch.ledger.history.sent_before import sent_by_others, skip_rows
from hotline_batch.ledger.ledger import PendingJob


def leave_out(
    connection: Connection,
    run_key: int,
    refused: Sequence[PendingJob],
    guard_since: float,
    *,
    is_correction: bool,
    overtaken: Mapping[int, str],
) -> Mapping[int, str]:
    """Say of rows of a run why they are not sent; the codes by position. A row in doubt stays that.

    ``is_correction``: the run corrects another one. ``overtaken``: which correction reached which of these rows.
    """
    keys = {job.key for job in refused if job.key is not None}
    sent = sent_by_others(connection, keys, guard_since, run_key) if keys else {}
    whys: dict[int, Issue] = {}
    for job in refused:
        why = Issue("possibly_sent", parameters={CASE: ON_ITS_WAY})
        if is_correction:
            why = Issue("already_corrected", parameters={CASE: MEANWHILE})
        elif job.position in overtaken:
            why = Issue("already_corrected", parameters={CASE: SINCE, "run": overtaken[job.position]})
        elif job.key and job.key in sent:
            why = sent[job.key].why_left_out()
        whys[job.position] = why
    skip_rows(connection, run_key, whys)
    return {position: why.code for position, why in whys.items()}
