"""Every code that a result sheet can hold, with its record."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hotline_batch.issues.cells import CELLS
from hotline_batch.issues.in_doubt import IN_DOUBT
from hotline_batch.issues.left_out import LEFT_OUT
from hotline_batch.issues.messages import MESSAGES
from hotline_batch.issues.not_delivered import NOT_DELIVERED
from hotline_batch.issues.record import IssueRecord
from hotline_batch.issues.settled import DELIVERED, SETTLED
from hotline_batch.issues.topics import TOPICS
from hotline_batch.issues.user_ids import USER_IDS
from hotline_batch.language.words import translated

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
