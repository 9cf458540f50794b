"""A planned correction -> the lines that a person reads: to whom it goes, to whom not and why."""

from __future__ import annotations

from collections.abc import Iterator

from hotline_batch.application.corrections.request import CorrectionPlan
from hotline_batch.cli.screen.wording import counted, row_numbers

_ROWS_SHOWN = 10


def correction_lines(found: CorrectionPlan) -> Iterator[str]:
    """What is particular to a correction; what its messages are, the lines of its plan tell."""
    run = found.corrected
    yield f"Correction of run {run.id}: it goes to {found.recipients:,} of {counted(run.rows, 'row')}."
    if found.in_doubt:
        yield f"  Of these, {found.sent:,} were sent for sure; {found.in_doubt:,} may have been."
    for each in found.left_out:
        yield f"  Not to {row_numbers(each.rows[:_ROWS_SHOWN], each.count)}: {each.words}"
    for earlier in found.earlier:
        yield f"  Corrected before by run {earlier.run}, begun by {earlier.owner}."
    if found.sheet_remark:
        yield f"  {found.sheet_remark}"
    if found.to_go:
        yield (
            f"Note: {counted(found.to_go, 'row')} of run {run.id} were not sent yet. Whoever goes on with that run "
            "sends them what was planned then."
        )
