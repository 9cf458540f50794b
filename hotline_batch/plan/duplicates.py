"""A message that an earlier row of the sheet sends already -> the row left out, with what its result is to say."""

from __future__ import annotations

from dataclasses import replace

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
    issue = Issue("duplicate_in_sheet", parameters={"row": earlier, **whose})
    return SkippedRow(job.row_number, keeping(issue, message, job.connection))


def keeping(issue: Issue, message: str, connection: str) -> Issue:
    """The issue of a row that is left out, with what it would have sent; an empty connection is one not known."""
    kept = {MESSAGE: message, CONNECTION: connection} if connection else {MESSAGE: message}
    return replace(issue, parameters={**issue.parameters, **kept})
