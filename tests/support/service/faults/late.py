"""An answer that is good, and late. No fault of a service, so not of the catalogue."""

from __future__ import annotations

import threading

from tests.support.service.exchange import Exchange
from tests.support.service.faults.fault import Applied, Fault, Verdict


def _answer_late(exchange: Exchange) -> None:
    exchange.server.wait_unless_stopped(exchange.fault.seconds)
    exchange.answer(exchange.good_status, exchange.good_body())


def late_answer(seconds: float) -> Fault:
    """The message is posted at once, and confirmed after so long."""
    return Fault("late_answer", _answer_late, Verdict.SENT, Applied.YES, seconds=seconds)


def answer_when(released: threading.Event) -> Fault:
    """The message is posted at once, and confirmed when the test says so."""

    def behave(exchange: Exchange) -> None:
        while not released.wait(0.01) and not exchange.server.wait_unless_stopped(0):
            pass
        exchange.answer(exchange.good_status, exchange.good_body())

    return Fault("answer_when", behave, Verdict.SENT, Applied.YES)
