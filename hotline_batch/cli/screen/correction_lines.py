"""A planned correction -> the lines that a person reads: to whom it goes, to whom not and why."""

from __future__ import annotations

from collections.abc import Iterator

from hotline_batch.application.corrections.request import CorrectionPlan
from hotline_batch.cli.screen.wording import row_numbers
from hotline_batch.language.words import words

_ROWS_SHOWN = 10


def correction_lines(found: CorrectionPlan) -> Iterator[str]:
    """What is particular to a correction; what its messages are, the lines of its plan tell."""
    run = found.corrected
    yield words(
        "Correction of run {run}: it goes to {recipients:,} of {rows:row|rows}.",
        run=run.id,
        recipients=found.recipients,
        rows=run.rows,
    )
    if found.in_doubt:
        said = words(
            "Of these, {sent:,} were sent for sure; {in_doubt:,} may have been.",
            sent=found.sent,
            in_doubt=found.in_doubt,
        )
        yield f"  {said}"
    for each in found.left_out:
        rows = row_numbers(each.rows[:_ROWS_SHOWN], each.count)
        yield "  " + words("Not to {rows}: {reason}", rows=rows, reason=each.words)
    for earlier in found.earlier:
        yield "  " + words("Corrected before by run {run}, begun by {owner}.", run=earlier.run, owner=earlier.owner)
    if found.sheet_remark:
        yield f"  {found.sheet_remark}"
    if found.to_go:
        yield words(
            "Note: {count:row|rows} of run {run} were not sent yet. Whoever goes on with that run sends them what was "
            "planned then.",
            count=found.to_go,
            run=run.id,
        )
