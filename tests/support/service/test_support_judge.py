"""The judge finds every lie and lets every true sheet pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.service.judge import Claim, complaints
from tests.support.service.truth import AppliedMessage

STATUSES = ["sent", "failed", "unknown", "invalid", "skipped", "not_attempted"]


def applied(count: int) -> list[AppliedMessage]:
    return [AppliedMessage(1, "Hello", 0.0, 1, number) for number in range(count)]


def judged(*statuses: str, copies: int, most_unknown: int | None = None) -> list[str]:
    return complaints([Claim(1, "Hello", status) for status in statuses], applied(copies), most_unknown=most_unknown)


@pytest.mark.parametrize(
    ("statuses", "copies"),
    [
        (["sent"], 0),
        (["failed"], 1),
        (["not_attempted"], 1),
        (["skipped"], 1),
        (["sent"], 2),
        (["unknown"], 2),
        (["sent", "failed"], 2),
        (["sent", "sent"], 1),
        ([], 1),
    ],
)
def test_lie_or_duplicate_is_found(statuses: list[str], copies: int) -> None:
    """One complaint about that message."""
    assert 1 == len(judged(*statuses, copies=copies))


def test_excess_of_doubt_is_found() -> None:
    """Calling everything unknown is no lie, and no use."""
    assert [] == judged("unknown", "unknown", copies=1)
    assert ["2 rows are unknown, 1 at most are excused"] == judged("unknown", "unknown", copies=1, most_unknown=1)


@given(st.lists(st.tuples(st.sampled_from(STATUSES), st.booleans())))
def test_true_sheet_passes(rows: list[tuple[str, bool]]) -> None:
    """Whatever the mixture: sent rows applied once, unknown ones perhaps, others never."""
    copies = sum(status == "sent" or (status == "unknown" and delivered) for status, delivered in rows)

    assert [] == judged(*(status for status, _ in rows), copies=copies)
