"""A look-up and the one before it of the same topic -> what differs, field by field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hotline_batch.language.words import marked, words
from hotline_batch.model.jobs import JobState
from hotline_batch.model.runs import RowRecord
from hotline_batch.results.cell_safety import one_line
from hotline_batch.results.formatting import field_text

NOTHING = marked("(empty)")
"""Shown where a field was, or is, missing or empty."""

_LONGEST_VALUE = 200


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a topic that another look-up found different; texts as they stand in cells, empty where missing."""

    field: str
    before: str
    now: str


def changes_of(record: RowRecord) -> tuple[FieldChange, ...]:
    """What differs from the earlier answer: nothing for a topic that was first seen, or that nobody asked about anew.

    Every field of the reply is compared by its text, so an id that became a string is no change; ``result`` only says
    that the call succeeded.
    """
    if record.earlier is None or record.state is not JobState.SUCCEEDED:
        return ()
    before, now = record.earlier.fields, record.fields
    names = dict.fromkeys((*now, *before))
    return tuple(
        FieldChange(name, was, is_now)
        for name in names
        if name != "result" and (was := field_text(before.get(name))) != (is_now := field_text(now.get(name)))
    )


def changes_text(changes: Iterable[FieldChange]) -> str:
    """Such as ``topic_status: user_answered -> closed; topic_title: John -> John Doe``."""
    return "; ".join(
        f"{one_line(change.field)}: {shown_value(change.before)} -> {shown_value(change.now)}" for change in changes
    )


def shown_value(text: str) -> str:
    """A value on one line; a missing one by a word."""
    return one_line(text, _LONGEST_VALUE) or words(NOTHING)
