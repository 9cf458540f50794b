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
from hotline_batch.language.words import filled, marked, translated, words

# What stands in the parameters of an issue as a part of its sentence. A ledger keeps these in English, as results of
# older versions do, and why a template cannot be filled in as data.

OF_PROXY = marked("the proxy")
WITHIN_QUOTES = marked("the whole line stands in quotation marks")
NO_CONNECTION = marked("no connection")
CONNECTION_REFUSED = marked("connection refused")
CONNECTION_RESET = marked("the connection was reset")
NOT_IN_TIME = marked("no connection in time")
NOT_SECURED = marked("the secure connection could not be set up")
NAME_NOT_FOUND = marked("the name of the service was not found")

_PHRASES = frozenset(
    (
        OF_PROXY,
        WITHIN_QUOTES,
        NO_CONNECTION,
        CONNECTION_REFUSED,
        CONNECTION_RESET,
        NOT_IN_TIME,
        NOT_SECURED,
        NAME_NOT_FOUND,
        # As the system and OpenSSL word why there is no connection.
        *marked(
            (
                "network is unreachable",
                "no route to host",
                "host is unreachable",
                "certificate has expired",
                "certificate is not yet valid",
                "self-signed certificate",
                "self-signed certificate in certificate chain",
                "unable to get local issuer certificate",
                "unable to get issuer certificate",
            )
        ),
    )
)
_HOLDING = frozenset({"why", "whose", "because"})


def with_phrases(parameters: Mapping[str, object]) -> dict[str, object]:
    """The parameters, those phrases in them in the reader's language; what else people or services said as it is."""
    return {
        name: words(value) if name in _HOLDING and isinstance(value, str) and value in _PHRASES else value
        for name, value in parameters.items()
    }


REASON = "reason"
"""Which of the reasons is meant; the other parameters are those of its words."""

REASONS: Mapping[str, str] = MappingProxyType(
    marked(
        {
            "text_too_long": "it makes a text of more than {most:,} characters",
            "too_many_steps": "its loops take more than {most:,} steps",
            "power_too_large": "the power is too large",
            "product_too_large": "the product is too large",
            "too_many_places": "round takes at most {most:place|places}",
            "percent_of_text": "the sign % only works between numbers; put texts together with ~",
            "list": "a placeholder holds a list; take one entry of it, or put them together with join(', ')",
            "text_for_number": "a text stands where a number is needed ({said}); make a number of the cell first, as "
            "in {{{{ Amount|float }}}}, or put texts together with ~",
            "filter_unusable": "the filter '{filter}' cannot be used here ({said})",
            "filter_unusable_with_text": "the filter '{filter}' cannot be used here ({said}); make a number of the "
            "cell first: {{{{ Amount|float|{filter} }}}}",
            "no_number": "the filter '{filter}' needs a number, and '{cell}' is not a number; mend the cell",
            "no_number_to_convert": "the filter '{filter}' needs a number, and '{cell}' is not a number; mend the "
            "cell, or write {filter}(0)",
            "ambiguous_number": "the filter '{filter}' cannot tell whether '{cell}' has thousands or decimals; write "
            "it with two decimals, or without a sign between the thousands",
            "too_many_decimals": "the filter 'number' takes 0 to {most:place|places}",
            "unknown_length": "the filter 'date' knows the lengths {lengths}, not '{length}'",
            "no_date": "the filter 'date' needs a date such as 2026-12-01 or 01.12.2026, and '{cell}' is none; mend "
            "the cell",
            "ambiguous_date": "the filter 'date' needs a date such as 2026-12-01 or 01.12.2026, and '{cell}' is none "
            "(day and month could be the other way round); mend the cell",
            "no_such_day": "the filter 'date' needs a date, and there is no day '{cell}'; mend the cell",
            "unknown_language": "there is no language '{language}'; write it as de, ru, es or en",
        }
    )
)


def words_of_reason(parameters: Mapping[str, object]) -> str:
    """The reason in the reader's language; empty for one that is not known. KeyError where a parameter is missing."""
    reason = REASONS.get(str(parameters.get(REASON, "")), "")
    return filled(translated(reason), parameters)


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
