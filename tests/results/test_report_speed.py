"""Attempts as figures: speed, answer times, retries, pauses."""

from __future__ import annotations

import pytest

from hotline_batch.ledger.row_pages import AttemptFigures
from hotline_batch.results.report.speed import speed_of

START = 1_795_370_652.0


def test_no_request_has_no_tempo():
    """A run whose rows were all invalid made none."""
    assert speed_of([]) is None


def test_requests_retries_and_answer_times_are_counted():
    """Three rows, one of them tried three times; codes and durations are those of the attempts."""
    attempts = [
        AttemptFigures(0, 1, START, 0.2, ""),
        AttemptFigures(1, 1, START + 1, 0.4, "rate_limited"),
        AttemptFigures(1, 2, START + 31, 0.6, "rate_limited"),
        AttemptFigures(1, 3, START + 40, 0.8, ""),
        AttemptFigures(2, 1, START + 41, 1.0, "api_refused"),
    ]

    speed = speed_of([attempts[:2], attempts[2:]])

    assert speed is not None
    assert (speed.requests, speed.repeated, speed.rows_repeated, speed.most_tries) == (5, 2, 1, 3)
    assert (speed.median, speed.slowest, speed.longest_gap) == pytest.approx((0.6, 1.0, 30.0))
    assert speed.codes == [("rate_limited", 2), ("api_refused", 1)]
    assert sum(moment.well for moment in speed.moments) == 2
    assert sum(moment.not_well for moment in speed.moments) == 3
    assert speed.moments[10].median is None


def test_a_pause_of_days_is_left_out_of_the_axis():
    """A run that was stopped on Friday and resumed on Monday is drawn as the minutes that it worked."""
    seconds = [*range(10), *(200_000 + second for second in range(10))]
    attempts = [AttemptFigures(at, 1, START + second, 0.1, "") for at, second in enumerate(seconds)]

    speed = speed_of([attempts])

    assert speed is not None
    assert speed.pauses_cut == 1
    assert len(speed.moments) < 30
    assert speed.longest_gap == pytest.approx(200_000 - 9)
