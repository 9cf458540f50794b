"""A run of bad outcomes stops the run."""

from __future__ import annotations

import pytest

from hotline_batch.engine.response_policy.judge import Breaker
from hotline_batch.issues.issue import Issue
from hotline_batch.model.jobs import Failed, Outcome, Succeeded, Unknown
from hotline_batch.settings.units import MaxErrors

SUCCEEDED = Succeeded("", {}, 200)
FAILED = Failed(Issue.worded("api_refused", "No such user."))
UNKNOWN = Unknown(Issue.worded("reply_timeout", "No answer."))


def noted(breaker: Breaker, *outcomes: Outcome) -> list[str]:
    """The stop code after each outcome, empty where the run goes on."""
    return [stop.code if (stop := breaker.note(outcome)) else "" for outcome in outcomes]


def test_three_doubtful_rows_in_a_row_stop_the_run() -> None:
    """Whatever the budget for failed rows is."""
    breaker = Breaker(MaxErrors(), rows=1_000)

    assert ["", "", "unknown_in_a_row"] == noted(breaker, UNKNOWN, UNKNOWN, UNKNOWN)


@pytest.mark.parametrize("between", [SUCCEEDED, FAILED], ids=["sent", "failed"])
def test_a_clear_answer_in_between_starts_the_count_again(between: Outcome) -> None:
    breaker = Breaker(MaxErrors(in_a_row=10), rows=1_000)

    assert [""] * 5 == noted(breaker, UNKNOWN, UNKNOWN, between, UNKNOWN, UNKNOWN)


def test_what_goes_well_through_another_connection_says_nothing() -> None:
    """Also where another breaker of the same run goes on with the count."""
    breaker, other = Breaker(MaxErrors(), rows=1_000), Breaker(MaxErrors(), rows=1_000)

    first = [breaker.note(outcome, 0, name) for outcome, name in [(UNKNOWN, "a"), (SUCCEEDED, "b"), (UNKNOWN, "a")]]
    other.remember(breaker.state)
    stops = [other.note(SUCCEEDED, 0, "b"), other.note(UNKNOWN, 0, "a")]

    assert [None] * 3 == first
    assert stops[0] is None
    assert stops[1] is not None
    assert "unknown_in_a_row" == stops[1].code


def test_so_many_failed_rows_in_a_row_stop_the_run() -> None:
    breaker = Breaker(MaxErrors(in_a_row=3), rows=1_000)

    assert ["", "", "", "", "", "too_many_failed"] == noted(breaker, FAILED, FAILED, SUCCEEDED, FAILED, FAILED, FAILED)


def test_a_doubtful_row_does_not_interrupt_a_row_of_failures() -> None:
    breaker = Breaker(MaxErrors(in_a_row=2), rows=1_000)

    assert ["", "", "too_many_failed"] == noted(breaker, FAILED, UNKNOWN, FAILED)


@pytest.mark.parametrize(
    ("share", "rows", "most"), [(0.1, 30, 3), (0.07, 100, 7), (0.05, 10, 1), (0.0, 10, 1), (0.25, 10, 3), (1.0, 4, 4)]
)
def test_a_share_of_all_rows_stops_the_run(share: float, rows: int, most: int) -> None:
    """Exactly at the share, not one row later through rounding; scattered failures count too."""
    breaker = Breaker(MaxErrors(share=share), rows)

    stops = [noted(breaker, FAILED, SUCCEEDED)[0] for _ in range(most)]

    assert [""] * (most - 1) + ["too_many_failed"] == stops


def test_the_reason_names_the_last_failure_and_the_option() -> None:
    stop = Breaker(MaxErrors(in_a_row=1), rows=5).note(FAILED)

    assert stop is not None
    assert "(max_errors)" in stop.reason
    assert "No such user." in stop.reason


def test_failed_rows_around_one_that_is_well_already_are_not_in_a_row() -> None:
    """An earlier answer that was used again, or an earlier session, has shown that rows between them are well."""
    asked: list[tuple[int, int]] = []

    def is_well_between(first: int, last: int) -> bool:
        asked.append((first, last))
        return len(asked) == 1

    breaker = Breaker(MaxErrors(in_a_row=3), 100, is_well_between)

    assert [None] * 4 == [breaker.note(FAILED, position) for position in (20, 10, 30, 31)]
    assert breaker.note(FAILED, 32) is not None
    assert [(10, 30), (30, 32)] == asked
