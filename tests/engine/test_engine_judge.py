"""What one answer means for the rows around it, and for the run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from random import Random

import pytest

from hotline_batch.engine.response_policy.decision import StopRun
from hotline_batch.engine.response_policy.judge import Judge, Verdict
from hotline_batch.errors import ApiError, Delivery, NotReached, TurnedAway, Unconfirmed
from hotline_batch.issues.issue import Issue
from hotline_batch.ledger.journal.entries import Postponed
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.model.jobs import Failed, Request, SendMessage, Succeeded, Unknown
from hotline_batch.model.runs import RunState
from tests.support.engine_bench import (
    Scripted,
    drive,
    limited,
    lost,
    missing,
    redirected,
    refused,
    runner_for,
    unreachable,
    wrong_keys,
)
from tests.support.fake_clock import FakeClock
from tests.support.ledgers.ledger_examples import add_run, codes, messages, states

SEND = SendMessage(1001, "Hello")
SENT = Succeeded("https://t.me/c/1/2", {}, 200)


class Court:
    """A judge, whose pace and clock can be looked at."""

    def __init__(self, most_tries: int = 5) -> None:
        self.pacer, self.clock = Pacer(10, 1.0), FakeClock()
        self.judge = Judge(self.pacer, most_tries, self.clock, Random(1))  # noqa: S311 - jitter

    def hears(self, result: Succeeded | ApiError, tries: int = 1) -> Verdict:
        return self.judge.judge(SEND, result, tries, self.clock.monotonic())

    @property
    def pause_seconds(self) -> float:
        """How long nobody may send; none is less than nothing."""
        return self.pacer.paused_until - self.clock.monotonic()


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
            assert third_left.wait(120)
            return wrong_keys()
        if request == asked[2]:
            third_left.set()
            while runner._reasons.stop is None:  # until the answer to the second row has been judged
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


@pytest.mark.parametrize(("asked", "kept"), [(601.0, 601.0), (3_600.0, 3_600.0), (86_400.0, 86_400.0), (1e9, 86_400.0)])
@pytest.mark.parametrize("error", [limited, lost])
def test_a_pause_that_stops_the_run_binds_whoever_sends_next(
    error: Callable[[float], ApiError], asked: float, kept: float
) -> None:
    """The run ends there, and the pace knows until when; a day at most, or nobody could ever send again."""
    court = Court()

    verdict = court.hears(error(asked))

    assert verdict.stop is not None
    assert "rate_limited_too_long" == verdict.stop.code
    assert pytest.approx(kept) == court.pause_seconds


def test_a_pause_is_heeded_whatever_it_is_that_stops_the_run() -> None:
    court = Court()

    verdict = court.hears(with_a_wait(wrong_keys(), 1_200.0))

    assert verdict.stop is not None
    assert "credentials_refused" == verdict.stop.code
    assert pytest.approx(1_200.0) == court.pause_seconds


def with_a_wait(error: ApiError, seconds: float) -> ApiError:
    """The same, with a wait."""
    error.retry_after_seconds = seconds
    return error


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


def test_a_row_that_waits_is_due_by_both_clocks_and_everybody_waits_as_long() -> None:
    """One is for this run, the other for whoever goes on with it."""
    court = Court()

    verdict = court.hears(limited(7.0))

    later = Postponed(court.clock.wall() + 7.1, Issue.worded("rate_limited", "Too many."), 429)
    assert Verdict(later, court.clock.monotonic() + 7.1) == verdict
    assert pytest.approx(7.1) == court.pause_seconds


def test_a_confirmed_row_is_settled() -> None:
    court = Court()

    assert Verdict(SENT) == court.hears(SENT)
    assert court.pause_seconds < 0


def test_who_stops_the_run_keeps_its_promise_or_its_doubt() -> None:
    """A row that was refused the keys may go at once when the run goes on; one that was redirected may have arrived."""
    keys, elsewhere = Issue.worded("credentials_refused", "Wrong key."), Issue.worded("redirected", "Elsewhere.")
    in_doubt = Unknown(elsewhere, 302)

    assert Verdict(Postponed(FakeClock().wall(), keys, 403), stop=StopRun(keys)) == Court().hears(wrong_keys())
    assert Verdict(in_doubt, stop=StopRun(elsewhere, in_doubt)) == Court().hears(redirected())


def test_one_cut_connection_is_an_accident_and_two_in_a_row_an_outage() -> None:
    """Once the service was reached; any answer of it begins the count again."""
    court = Court()
    court.hears(SENT)

    court.hears(unreachable())
    after_one = court.pause_seconds
    court.hears(refused())
    court.hears(unreachable())
    after_one_more = court.pause_seconds
    court.hears(unreachable())

    assert (after_one < 0, after_one_more < 0) == (True, True)
    assert 0.5 <= court.pause_seconds <= 1.0
    assert not court.judge.is_well
    assert court.judge.was_ever_well


def test_nobody_was_ever_reached_so_everybody_waits() -> None:
    court = Court()

    court.hears(unreachable())

    assert 0.5 <= court.pause_seconds <= 1.0


def test_a_row_whose_tries_are_used_up_fails_alone_unless_nobody_gets_through() -> None:
    alone, outage = Court(most_tries=2), Court(most_tries=2)
    for court in (alone, outage):
        court.hears(SENT)
        court.hears(unreachable())

    alone.hears(SENT)
    failed, stopped = alone.hears(unreachable(), tries=2), outage.hears(unreachable(), tries=2)

    assert isinstance(failed.result, Failed)
    assert failed.stop is None
    assert isinstance(stopped.result, Postponed)
    assert stopped.stop is not None
    assert "unreachable" == stopped.stop.code


def test_an_address_that_never_answered_stops_the_run_at_once() -> None:
    verdict = Court().hears(missing())

    assert verdict.stop is not None
    assert isinstance(verdict.result, Postponed)


def test_an_address_that_falls_silent_is_asked_six_times_over_a_minute() -> None:
    """Answers to what left before a pause tell nothing new: they wait for its end and are not counted."""
    court = Court()
    court.hears(SENT)
    pauses = []

    for _ in range(6):
        assert court.hears(missing()).stop is None
        pauses.append(court.pause_seconds)
        court.clock.jump(pauses[-1] / 2)
        of_the_same_wave = court.hears(missing())
        assert pytest.approx(court.pacer.paused_until) == of_the_same_wave.due_at
        court.clock.jump(court.pause_seconds)

    assert [2.0**n / 2 <= pause <= 2.0**n for n, pause in enumerate(pauses)] == [True] * 6
    assert not court.judge.is_well
    assert court.hears(missing()).stop is not None


@pytest.mark.parametrize(("answer", "is_well"), [(SENT, True), (refused(), True), (limited(), False), (lost(), False)])
def test_any_other_answer_of_an_address_begins_the_count_anew(answer: Succeeded | ApiError, is_well: bool) -> None:
    """A service that asks to wait, or whose answer is lost, is there; whether it does its work is not known."""
    court = Court()
    court.hears(SENT)
    for _ in range(6):
        court.hears(missing())
        court.clock.jump(60.0)

    court.hears(answer)
    was_well = court.judge.is_well
    stops = []
    for _ in range(7):
        stops.append(court.hears(missing()).stop is not None)
        court.clock.jump(60.0)

    assert is_well == was_well
    assert [False] * 6 + [True] == stops


def test_who_was_turned_away_early_tells_nothing_of_the_work() -> None:
    court = Court()
    court.hears(SENT)

    court.hears(early(503))

    assert court.judge.is_well


def test_a_doubtful_row_with_a_wait_makes_everybody_wait() -> None:
    court = Court()

    verdict = court.hears(lost(30.0))

    assert Verdict(Unknown(Issue.worded("gateway_error", "HTTP 502"), 502)) == verdict
    assert pytest.approx(30.0) == court.pause_seconds
    assert 1.0 == court.pacer.share
