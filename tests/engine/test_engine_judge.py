"""What one answer means for the rows around it, and for the run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from hotline_batch.engine.response_policy.judge import Judge
from hotline_batch.errors import ApiError, Delivery, NotReached, TurnedAway, Unconfirmed
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.model import Request, RunState
from tests.support.engine_bench import Scripted, drive, limited, lost, refused, runner_for, wrong_keys
from tests.support.fake_clock import FakeClock
from tests.support.ledger_examples import add_run, codes, ledger_url, messages, states


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(ledger_url(tmp_path)) as opened:
        yield opened


def early(status: int) -> NotReached:
    """The service refused before the request had left whole."""
    return NotReached("connection_cut_while_sending", f"HTTP {status}", delivery=Delivery.NO, http_status=status)


def unavailable() -> Unconfirmed:
    return Unconfirmed("gateway_error", "HTTP 503", delivery=Delivery.MAYBE, http_status=503)


def test_stop_reason_outlives_a_failed_answer_in_flight(ledger: Ledger) -> None:
    """Keys that are refused stop the run, whatever an answer that was under way says afterwards."""
    asked = messages(12)
    run = add_run(ledger, "r", asked)
    third_left = threading.Event()

    def rule(request: Request, _number: int) -> ApiError | None:
        if request == asked[1]:
            assert third_left.wait(20)
            return wrong_keys()
        if request == asked[2]:
            third_left.set()
            while runner._stop is None:  # until the answer to the second row has been judged
                threading.Event().wait(0.001)
            return refused()
        return None

    service = Scripted(rule)
    runner = runner_for(ledger, run, service, concurrency=2)

    end = runner.drive()

    assert (RunState.STOPPED, "credentials_refused") == (end.state, end.stop_code)
    assert 3 == len(service.requests)
    assert ["succeeded", "pending", "failed"] == states(ledger, "r")[:3]
    assert ["pending"] * 9 == states(ledger, "r")[3:]


def test_early_refusals_in_a_row_are_no_outage(ledger: Ledger) -> None:
    """The service is there, it only said no before it had everything: two rows fail, the run goes on."""
    run = add_run(ledger, "r", messages(4))
    service = Scripted(lambda _request, number: early(503) if number <= 4 else None)

    end = drive(ledger, run, service, most_tries=2)

    assert RunState.FINISHED is end.state
    assert ["failed", "failed", "succeeded", "succeeded"] == states(ledger, "r")
    assert ["connection_cut_while_sending"] * 2 == codes(ledger, "r")[:2]


def test_who_turns_everybody_away_stops_the_run_at_the_first(ledger: Ledger) -> None:
    """A check for bots is no news of the keys, and no row's fault: one request."""
    run = add_run(ledger, "r", messages(12))
    turned_away = TurnedAway("bot_check", "HTTP 403: Just a moment...", delivery=Delivery.NO, http_status=403)
    service = Scripted(lambda _request, _number: turned_away)

    end = drive(ledger, run, service, concurrency=8)

    assert (RunState.STOPPED, "bot_check", 1) == (end.state, end.stop_code, len(service.requests))
    assert ["pending"] * 12 == states(ledger, "r")


@pytest.mark.parametrize(
    ("error", "slower"), [(limited(), True), (unavailable(), True), (early(503), True), (lost(), False)]
)
def test_503_slows_the_pace_like_a_429(ledger: Ledger, error: ApiError, slower: bool) -> None:
    """nginx limits with 503 by default; a 502 tells nothing of the pace."""
    run = add_run(ledger, "r", messages(1))
    (job,) = ledger.next_pending(run, ledger.connections_pending("r")[0], -1, 1)
    pacer, clock = Pacer(10, 1.0), FakeClock()
    judge = Judge(pacer, 5, clock, Random(1))  # noqa: S311 - jitter

    judge.judge(job.request, error, 1, clock.monotonic())

    assert slower == (pacer.share < 1.0)
