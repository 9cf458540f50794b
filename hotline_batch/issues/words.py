"""Every code with its record, and its issues and tasks -> sentences. The only place that fills in their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from hotline_batch.errors import ApiError, Delivery
from hotline_batch.issues.cells import CELLS, MESSAGES
from hotline_batch.issues.ids import TOPICS, USER_IDS
from hotline_batch.issues.in_doubt import DELIVERED, IN_DOUBT, SETTLED
from hotline_batch.issues.issue import CASE, CAUSE, TEXT, Issue, IssueRecord
from hotline_batch.issues.left_out import LEFT_OUT
from hotline_batch.issues.not_delivered import NOT_DELIVERED
from hotline_batch.issues.phrases import with_phrases, words_of_reason
from hotline_batch.language.words import filled, marked, translated, words

_SUBJECTS = (USER_IDS, TOPICS, CELLS, MESSAGES, LEFT_OUT, NOT_DELIVERED, IN_DOUBT, SETTLED, DELIVERED)

RECORDS: Mapping[str, IssueRecord] = MappingProxyType(
    {record.code: record for subject in _SUBJECTS for record in subject}
)
"""Code -> record, by subject."""


def advice_for(code: str) -> str:
    """What to do about a code, in the reader's language; empty for a code that needs nothing or is not known."""
    record = RECORDS.get(code)
    return translated(record.advice) if record else ""


def meaning_of(code: str) -> str:
    """What a code means, in the reader's language; empty for one that is not known."""
    record = RECORDS.get(code)
    return translated(record.meaning) if record else ""


_THINGS: Mapping[str, str] = MappingProxyType(
    marked(
        {
            "user_id": "{count:user id|user ids}",
            "message": "{count:message|messages}",
            "topic_link": "{count:topic link|topic links}",
            "group_id": "{count:group id|group ids}",
            "topic_id": "{count:topic id|topic ids}",
            "connection": "{count:connection name|connection names}",
            "cell": "{count:cell|cells}",
            "row": "{count:row|rows}",
        }
    )
)
"""Field, or else ``cell`` or ``row`` -> how many of what, as the object of a task."""


def words_of(issue: Issue) -> str:
    """The sentence of an issue in the reader's language; what its code means, where nothing closer is known.

    Never raises: a ledger may hold what a newer version wrote. Empty for a code that nobody knows.
    """
    record = RECORDS.get(issue.code)
    meaning = record.meaning if record else ""
    values = with_phrases(issue.parameters)
    if causes := values.pop(CAUSE, ""):
        values[CAUSE] = _words_of_cause(str(causes), issue)
        template = record.cases.get(CAUSE, "{cause}") if record else "{cause}"
    elif TEXT in values:
        return str(values[TEXT])
    else:
        template = (record.cases.get(str(values.get(CASE, ""))) if record else "") or meaning
    try:
        if why := words_of_reason(values):
            values["why"] = why
        return filled(translated(template), values)
    except (KeyError, ValueError, IndexError):
        return translated(meaning)


def _words_of_cause(causes: str, issue: Issue) -> str:
    code, _, behind = causes.partition(" ")
    others = {name: value for name, value in issue.parameters.items() if name != CAUSE}
    return words_of(Issue(code, parameters=others | ({CAUSE: behind} if behind else {})))


def task_words(task: str, about: str, count: int) -> str:
    """What is to be done, how often: ``fill in {things}`` about 3 user ids -> fill in 3 user ids."""
    return words(task, things=words(_THINGS.get(about, _THINGS["cell"]), count=count))


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
