"""The faults of a storm: the whole catalogue, each as short as it can be, the slow ones seldom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from tests.promise.happenings import SPOILS_THE_NEXT
from tests.support.service.command_line import TOO_COSTLY_FOR_A_MIX
from tests.support.service.exchange import Exchange
from tests.support.service.faults import CATALOGUE, GOING_DOWN, OVER_PLAIN_OR_TLS, Fault, Stage, Verdict
from tests.support.service.faults.limits import LIMITED

# Beyond the time-out of the program; all other faults end sooner.
_SLOW = {"never_reads": 3.0, "hang_applied": 3.0, "stall_in_body_not_applied": 3.0, "slow_endless_body_applied": 0.05}
_QUICK_FOR_EACH_SLOW = 5
_DOWN_SECONDS = 0.2


def weather(struck: Counter[str]) -> list[Fault]:
    """For ``HostileServer.share``: faults that end no run by themselves and cost the machine little.

    ``struck`` counts them by name when they strike.
    """
    faults = [
        fault.lasting(min(fault.seconds, _SLOW.get(fault.name, 0.05)))
        for fault in OVER_PLAIN_OR_TLS
        if not fault.stops_run and fault.name not in TOO_COSTLY_FOR_A_MIX
    ]
    seldom = [fault for fault in faults if fault.name in _SLOW or fault in LIMITED or fault.stage is Stage.CONNECTION]
    often = [fault for fault in faults if fault not in seldom]
    down = [fault.lasting(_DOWN_SECONDS) for fault in GOING_DOWN]
    return [_counting(fault, struck) for fault in (*often * _QUICK_FOR_EACH_SLOW, *seldom, *down)]


def doubts_due(struck: Mapping[str, int], concurrency: int) -> int:
    """How many rows may be in doubt after these faults."""
    return sum(
        count
        * (
            (Verdict.UNKNOWN in CATALOGUE[name].acceptable)
            + (name in SPOILS_THE_NEXT)
            + name.startswith("go_down") * concurrency
        )
        for name, count in struck.items()
    )


def _counting(fault: Fault, struck: Counter[str]) -> Fault:
    def behave(exchange: Exchange) -> None:
        struck[fault.name] += 1
        fault.behave(exchange)

    return replace(fault, behave=behave)
