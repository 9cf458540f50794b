"""Issues and tasks -> sentences. The only place that fills in the parameters of a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hotline_batch.issues.codes import RECORDS
from hotline_batch.issues.issue import CASE, CAUSE, TEXT, Issue
from hotline_batch.issues.phrases import with_phrases
from hotline_batch.issues.template_reasons import words_of_reason
from hotline_batch.language.words import filled, marked, translated, words

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
