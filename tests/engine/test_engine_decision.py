"""One failed request: tried again, an outcome, or the end of the run."""

from __future__ import annotations

from random import Random

import pytest

from hotline_batch.engine.response_policy.decision import StopRun, TryAgain, backoff_seconds, decide
from hotline_batch.errors import ApiError, Delivery, Refused
from hotline_batch.issues.issue import Issue
from hotline_batch.model.jobs import Failed, GetTopicInfo, Request, SendMessage, Unknown
from tests.support.engine_bench import (
    limited,
    lost,
    missing,
    redirected,
    refused,
    unreachable,
    untrusted,
    wrong_keys,
)

SEND = SendMessage(1001, "Hello")
LOOK_UP = GetTopicInfo(2101424779, 5343)


def decision(request: Request, error: ApiError, tries: int = 1, most_tries: int = 5) -> object:
    return decide(request, error, tries, most_tries, Random(1))  # noqa: S311 - jitter


@pytest.mark.parametrize("request_", [SEND, LOOK_UP], ids=["send", "look-up"])
@pytest.mark.parametrize("error", [wrong_keys(), untrusted()], ids=["keys", "certificate"])
def test_what_no_row_can_survive_stops_the_run(request_: Request, error: ApiError) -> None:
    """The row keeps its promise for when the run goes on."""
    assert StopRun(Issue.worded(error.code, error.reason)) == decision(request_, error)


@pytest.mark.parametrize("tries", [1, 4, 5, 9])
def test_a_send_in_doubt_is_never_tried_again(tries: int) -> None:
    """Whatever tries are left: a second copy is worse than a question."""
    assert Unknown(Issue.worded("gateway_error", "HTTP 502"), 502) == decision(SEND, lost(), tries)


def test_a_send_in_doubt_stays_in_doubt_whatever_wait_the_service_asks_for() -> None:
    """A wait beyond ten minutes stops the run all the same: nobody else may send meanwhile."""
    assert Unknown(Issue.worded("gateway_error", "HTTP 502"), 502) == decision(SEND, lost(600.0))

    found = decision(SEND, lost(86_400.0))

    assert isinstance(found, StopRun)
    assert Unknown(Issue.worded("gateway_error", "HTTP 502"), 502) == found.outcome
    assert "24 hours" in found.reason


def test_a_redirected_send_is_in_doubt_and_stops_the_run() -> None:
    """It may have been processed, and the next one would go the same way."""
    found = decision(SEND, redirected())

    assert isinstance(found, StopRun)
    assert Unknown(Issue.worded("redirected", "Elsewhere."), 302) == found.outcome


def test_a_redirected_look_up_stops_the_run_and_may_be_done_again() -> None:
    assert StopRun(Issue.worded("redirected", "Elsewhere.")) == decision(LOOK_UP, redirected())


@pytest.mark.parametrize("request_", [SEND, LOOK_UP], ids=["send", "look-up"])
def test_a_refused_row_failed_at_once(request_: Request) -> None:
    assert Failed(Issue.worded("api_refused", "No such user."), 400) == decision(request_, refused())


@pytest.mark.parametrize("request_", [SEND, LOOK_UP], ids=["send", "look-up"])
def test_what_never_left_is_tried_again_while_tries_are_left(request_: Request) -> None:
    again, at_the_end = decision(request_, unreachable(), 4), decision(request_, unreachable(), 5)

    assert isinstance(again, TryAgain)
    assert Failed(Issue.worded("unreachable", "The service could not be reached."), None) == at_the_end


def test_a_look_up_whose_reply_is_lost_is_tried_again_and_then_failed() -> None:
    again, at_the_end = decision(LOOK_UP, lost(), 4), decision(LOOK_UP, lost(), 5)

    assert isinstance(again, TryAgain)
    assert not again.everybody_waits
    assert Failed(Issue.worded("gateway_error", "HTTP 502"), 502) == at_the_end


def test_everybody_waits_as_long_as_the_service_asks_and_a_little_more() -> None:
    found = decision(SEND, limited(7.0))

    assert isinstance(found, TryAgain)
    assert found.everybody_waits
    assert 7.0 < found.after_seconds <= 7.5


def test_everybody_waits_after_a_429_that_names_no_time() -> None:
    found = decision(SEND, limited())

    assert isinstance(found, TryAgain)
    assert found.everybody_waits
    assert 0.5 <= found.after_seconds <= 1.0


def test_a_service_that_stays_too_busy_fails_the_row() -> None:
    """Certainly not delivered, so it may be tried again by a person."""
    assert Failed(Issue.worded("rate_limited", "Too many."), 429) == decision(SEND, limited(), 5)


@pytest.mark.parametrize(
    ("request_", "error", "pause"),
    [
        (SEND, limited(600.5), "11 minutes"),
        (LOOK_UP, limited(86_400.0), "24 hours"),
        (LOOK_UP, lost(86_400.0), "24 hours"),
    ],
)
def test_a_wait_of_more_than_ten_minutes_stops_the_run(request_: Request, error: ApiError, pause: str) -> None:
    """Nobody sleeps for a day; the row stays to be done, and the person is told how long."""
    told = f"{error.reason} (asks for a pause of {pause})"

    found = decision(request_, error)

    assert isinstance(found, StopRun)
    assert ("rate_limited_too_long", told, None) == (found.code, found.reason, found.outcome)


def test_a_refused_row_stays_refused_whatever_wait_the_service_asks_for() -> None:
    """Trying it again when the run goes on would be refused as well."""
    error = Refused("api_refused", "No such user.", delivery=Delivery.NO, http_status=400, retry_after_seconds=86_400.0)

    found = decision(SEND, error)

    assert isinstance(found, StopRun)
    assert Failed(Issue.worded("api_refused", "No such user."), 400) == found.outcome


def test_a_wait_of_ten_minutes_is_waited() -> None:
    assert isinstance(decision(SEND, limited(600.0)), TryAgain)


def test_nothing_under_the_address_makes_everybody_wait() -> None:
    found = decision(SEND, missing(), 99)

    assert isinstance(found, TryAgain)
    assert found.everybody_waits


@pytest.mark.parametrize("tries", range(1, 12))
def test_the_waits_double_up_to_a_minute_with_half_left_to_chance(tries: int) -> None:
    longest = min(60.0, 2.0 ** (tries - 1))

    waits = [backoff_seconds(tries, Random(seed)) for seed in range(50)]  # noqa: S311 - jitter

    assert all(longest / 2 <= wait <= longest for wait in waits)
    assert len(set(waits)) > 25
    assert min(waits) < 0.6 * longest
    assert max(waits) > 0.9 * longest


def test_even_absurdly_many_tries_have_a_wait() -> None:
    assert 30.0 <= backoff_seconds(5_000, Random(1)) <= 60.0  # noqa: S311 - jitter
