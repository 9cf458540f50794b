"""What may happen to a command: a service that misbehaves, a signal, a death; and the sheets that persons write."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.promise.instants import Death, Instant
from tests.support.service.command_line import TOO_COSTLY_FOR_A_MIX
from tests.support.service.faults import ANSWER_WELL, GOING_DOWN, OVER_PLAIN_OR_TLS, Fault, Verdict
from tests.support.service.faults.answers import WORKFLOW_STARTED_LATE

EXAMPLES, STEPS = int(os.environ.get("PROMISE_EXAMPLES", "0")), int(os.environ.get("PROMISE_STEPS", "10"))
IS_LONG = EXAMPLES > 0
TIMEOUT = "1" if IS_LONG else "20"
# A confirmation that names somebody else's topic: where none was known, that one is from then on.
ANOTHERS_TOPIC = "another_users_topic"
# These end by the program's own time-out alone.
ENDLESS = ("slow_endless_head", "slow_endless_body")
# So begin the names of those by which the service asks for nothing until tomorrow.
FOR_A_DAY = "limited_for_a_day"
# Another answer waits in the socket, or the connection is gone, when the next request takes it.
SPOILS_THE_NEXT = {"stale_connection", "reset_idle_connection", "answer_twice", "unsolicited_408"}


def _shortened(fault: Fault) -> Fault:
    """As short as it can be; a late posting waits until the test lets it happen."""
    if fault is WORKFLOW_STARTED_LATE:
        return fault
    return fault.lasting(0.05 if fault.name.startswith(ENDLESS) else min(fault.seconds, 0.03))


FAULTS = {
    fault.name: _shortened(fault)
    for fault in (*OVER_PLAIN_OR_TLS, *GOING_DOWN)
    if fault.name not in TOO_COSTLY_FOR_A_MIX and (IS_LONG or not fault.name.startswith(ENDLESS))
}


@dataclass(frozen=True, slots=True)
class Cut:
    """A signal from outside as soon as the service has seen so many requests of the command."""

    signal: signal.Signals
    requests: int


@dataclass(frozen=True, slots=True)
class Sleep:
    """From that many requests of the worker on it does nothing, for longer than its lease; later it wakes up."""

    requests: int


Ending = Cut | Death | None

_good_rows = st.one_of(
    st.tuples(st.sampled_from(["1001", "1002"]), st.sampled_from(["Hello", "Тема «7»"])),
    *[st.tuples(st.integers(1003, 1040).map(str), st.just("Hello"))] * 2,
)
_bad_rows = st.sampled_from([("12a4", "Hello"), ("1001", ""), ("", "Hello"), ("", "")])
contents = st.tuples(st.lists(_good_rows, min_size=4, max_size=10), st.lists(_bad_rows, max_size=2)).map(
    lambda parts: [*parts[0][:2], *parts[1], *parts[0][2:]]
)
misfortunes = st.lists(
    st.one_of(st.just(ANSWER_WELL.name), st.sampled_from(sorted(FAULTS)), st.sampled_from(sorted(FAULTS))),
    min_size=2,
    max_size=8,
)
endings: st.SearchStrategy[Ending] = st.one_of(
    st.none(),
    st.builds(Cut, st.just(signal.SIGKILL), st.integers(0, 6)),
    st.builds(Cut, st.sampled_from([signal.SIGINT, signal.SIGTERM]), st.integers(1, 6)),
    st.builds(Death, st.sampled_from([str(instant) for instant in Instant]), st.booleans(), st.integers(1, 3)),
)
ways_of_workers: st.SearchStrategy[Ending | Sleep] = st.one_of(endings, st.builds(Sleep, st.integers(1, 6)))
paces = st.tuples(
    st.integers(1, 6).map(lambda number: ("--concurrency", str(number))),
    st.integers(1, 3).map(lambda number: ("--attempts", str(number))),
    st.sampled_from([(), ("--max-errors", "1"), ("--max-errors", "50%")]),
).map(lambda parts: [option for part in parts for option in part])

corrected = st.sampled_from(
    [[], ["--include-unknown"], ["--include-unknown"], ["--again"], ["--again", "--include-unknown"]]
)
which = st.integers(0, 11)


def doubts_due(struck: Mapping[str, int], concurrency: int) -> int:
    """How many rows may be in doubt after these faults struck so often, by name."""
    return sum(
        count
        * (
            (Verdict.UNKNOWN in FAULTS[name].acceptable)
            + (name in SPOILS_THE_NEXT)
            + name.startswith("go_down") * concurrency
        )
        for name, count in struck.items()
        if name != ANSWER_WELL.name
    )
