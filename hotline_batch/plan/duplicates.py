"""A message that an earlier row of the sheet sends already -> the row left out, with what its result is to say."""

from __future__ import annotations

from hotline_batch.issues.issue import CASE, Issue
from hotline_batch.issues.left_out import CONNECTION, MESSAGE, OF_TOPIC
from hotline_batch.model.jobs import Job, SendMessage, SkippedRow
from hotline_batch.plan.ids.numbers import topic_of_placeholder


def duplicate_of(earlier: int, job: Job) -> SkippedRow:
    """Nothing is asked for this row. Text and connection are kept, since its result may be used as a sheet again."""
    assert isinstance(job.request, SendMessage)  # noqa: S101 - topics in several rows are all looked up
    user_id, message = job.request
    whose: dict[str, str | int] = {"user": user_id}
    if topic := topic_of_placeholder(user_id):
        whose = {CASE: OF_TOPIC, "topic": topic}
    kept = {MESSAGE: message, CONNECTION: job.connection}
    return SkippedRow(job.row_number, Issue("duplicate_in_sheet", parameters={"row": earlier, **whose, **kept}))
