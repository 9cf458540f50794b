"""Issues of a row <-> the errors that tell of them while its request is made."""

from __future__ import annotations

from typing import TypeVar

from hotline_batch.errors import ApiError, Delivery
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import words_of

_Error = TypeVar("_Error", bound=ApiError)


def api_error(
    kind: type[_Error],
    issue: Issue,
    delivery: Delivery,
    http_status: int | None = None,
    retry_after_seconds: float | None = None,
) -> _Error:
    """The error that says of a request what the issue says of its row."""
    return kind(
        issue.code,
        words_of(issue),
        delivery=delivery,
        http_status=http_status,
        retry_after_seconds=retry_after_seconds,
        parameters=issue.parameters,
    )


def issue_of(error: ApiError) -> Issue:
    """What an error says, for the row; one that somebody else raised keeps its sentence."""
    issue = Issue(error.code, parameters=error.parameters)
    return issue if words_of(issue) == error.reason else Issue.worded(error.code, error.reason)
