"""A machine that a command runs on: ``python -m tests.promise.machine ORDER COMMAND...`` is the command there.

Its clock may run faster or stand elsewhere, and the process may die at a chosen instant (see ``instants``). In all else
this is ``python -m hotline_batch COMMAND...``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hotline_batch.__main__ import main as run_command
from hotline_batch.engine import departure
from hotline_batch.engine.clock import EventQueue, SystemClock
from tests.promise.instants import Death, die_at


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a command runs: its folder and environment, and its clock.

    ``speed`` times faster than real time do pauses pass; sockets stay in real time. ``hours_later`` sets the clock on
    the wall ahead.
    """

    folder: str
    environment: Mapping[str, str]
    speed: float = 20.0
    hours_later: float = 0.0


def stand_on(machine: Machine, death: Death | None = None, *, is_worker: bool = False) -> None:
    """From now on this process is on that machine."""
    _set_clock(machine.speed, machine.hours_later)
    if not is_worker:
        _lengthen_the_lease(machine.speed)
    if death:
        die_at(death)


def _lengthen_the_lease(speed: float) -> None:
    """It is as long as ever in real time, so that a busy machine lets no claim expire; nobody takes this run over."""
    departure.LEASE_SECONDS *= speed


def _set_clock(speed: float, hours_later: float) -> None:
    receive_in_real_time = SystemClock.receive

    def monotonic(_clock: SystemClock) -> float:
        return time.monotonic() * speed

    def wall(_clock: SystemClock) -> float:
        return time.time() + hours_later * 3600

    def receive(clock: SystemClock, inbox: EventQueue[Any], seconds: float | None) -> Any:
        return receive_in_real_time(clock, inbox, None if seconds is None else seconds / speed)

    def wait_until(_clock: SystemClock, moment: float) -> None:
        time.sleep(max(0.0, moment / speed - time.monotonic()))

    for method in (monotonic, wall, receive, wait_until):
        setattr(SystemClock, method.__name__, method)


def main() -> None:
    """Stand on the machine of the first argument and run the command of the others."""
    order = json.loads(sys.argv.pop(1))
    death = Death(**order["death"]) if order["death"] else None
    stand_on(Machine(**order["machine"]), death, is_worker=sys.argv[1] == "worker")
    run_command()


if __name__ == "__main__":
    main()
