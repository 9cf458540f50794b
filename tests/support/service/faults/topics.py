"""Answers about topics that are in good health but say something else than the last time."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.service.exchange import Exchange, to_json
from tests.support.service.faults.fault import Fault, Verdict


def says_of_topic(changed: Mapping[str, object]) -> Fault:
    """The documented reply to a look-up with these fields in place of its own; None leaves a field out."""

    def answer(exchange: Exchange) -> None:
        good = exchange.good_answer
        assert isinstance(good, dict)
        told = {name: value for name, value in {**good, **changed}.items() if value is not None}
        exchange.answer(exchange.good_status, to_json(told))

    return Fault("says_of_topic", answer, Verdict.SENT)
