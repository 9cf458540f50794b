"""The machine dies in the middle, again and again: nobody gets a message twice, and every row tells the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from tests.support.processes.journey import Machine, asked, lies, people, statuses
from tests.support.service.command_line import TOO_COSTLY_FOR_A_MIX
from tests.support.service.exchange import Exchange
from tests.support.service.faults import CATALOGUE, OVER_PLAIN_OR_TLS, Fault, Stage, Verdict
from tests.support.service.faults.limits import LIMITED
from tests.support.service.hostile_server import HostileServer

MOST_SESSIONS = 60

# Far above what an answer takes where the machine is busy with something else as well.
TIMEOUT = 4
# Beyond that; all other faults end sooner.
SLOW = {
    "never_reads": 3.0 * TIMEOUT,
    "hang_applied": 3.0 * TIMEOUT,
    "stall_in_body_not_applied": 3.0 * TIMEOUT,
    "slow_endless_body_applied": 0.05,
}


def drive_through(machine: Machine, server: HostileServer, first: Sequence[str], kills: Sequence[int]) -> list[int]:
    """Send, killed when the server has seen so many requests, and resume until nothing stops it; the exit codes.

    A run that stops early by itself (exit 4) is resumed too.
    """
    left, codes = sorted(kills), list[int]()
    go_on = ["resume", "--yes", *first[first.index("--rate") :]]
    for command in [list(first), *[go_on] * MOST_SESSIONS]:
        with machine.start(*command) as started:
            if left:
                count = left[0]
                server.wait_until(lambda: asked(server) >= count or not started.is_running)  # noqa: B023 - used here
            if left and started.is_running:
                started.kill()
                server.forget_told_waits()
                left.pop(0)
                continue
            ended = started.end()
        codes.append(ended.exit_code)
        if ended.exit_code != 4:
            assert not left, "The run ended before the last kill"
            return codes
    raise AssertionError(f"The run did not end in {MOST_SESSIONS} sessions: {codes}")


def test_killed_twenty_times(machine: Machine, server: HostileServer) -> None:
    """No duplicates; at most those are unknown that were on their way when the machine died."""
    sheet = people(300)
    machine.toward(server).write_sheet("sheet.csv", sheet)
    kills = Random(20).sample(range(1, 260), 20)  # noqa: S311 - the same moments every time

    codes = drive_through(
        machine, server,
        ["send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "200/s", "--concurrency", "8"], kills,
    )  # fmt: skip

    assert [] == lies(machine.read("out.csv"), server, sheet, most_unknown=len(kills) * 8)
    assert {} == server.duplicates()
    assert codes[-1] in {0, 3}


def plan_misfortune(server: HostileServer, sheet: Sequence[tuple[int, str]], random: Random) -> Counter[str]:
    """One row in ten meets a fault of the catalogue, each fault at least once; the count that strikes, by name.

    The faults that cost a time-out or a pause strike once, the others share the rest.
    """
    faults = survivable()
    quick = [fault for fault in faults if fault.name not in SLOW and fault not in LIMITED]
    chosen = [*faults, *random.choices(quick, k=len(sheet) // 10 - len(faults))]
    users = iter(random.sample([user for user, _ in sheet], len(chosen)))
    numbers = iter(random.sample(range(2, 80), sum(fault.stage is not Stage.REQUEST for fault in chosen)))
    struck: Counter[str] = Counter()
    for fault in chosen:
        counted = counting(fault, struck)
        if fault.stage is Stage.REQUEST:
            server.fault_for(next(users), counted)
        else:
            server.fault_on_request(next(numbers), counted)
    return struck


def survivable() -> list[Fault]:
    """Every fault that strikes one request, ends no run by itself and costs the machine little, as short as it can."""
    return [
        fault.lasting(min(fault.seconds, SLOW.get(fault.name, 0.05)))
        for fault in OVER_PLAIN_OR_TLS
        if not fault.stops_run and fault.name not in TOO_COSTLY_FOR_A_MIX
    ]


def counting(fault: Fault, struck: Counter[str]) -> Fault:
    """The same fault, counted each time that it strikes."""

    def behave(exchange: Exchange) -> None:
        struck[fault.name] += 1
        fault.behave(exchange)

    return replace(fault, behave=behave)


@pytest.mark.parametrize("concurrency", [1, 8])
def test_killed_four_times_in_a_storm(machine: Machine, concurrency: int) -> None:
    """2,000 rows, every tenth meets a fault: no duplicate, no lie, no row lost, and doubt only where it is due."""
    sheet, random = people(2_000), Random(concurrency)  # noqa: S311 - the same storm every time
    kills = random.sample(range(100, 1_700), 4)
    machine.write_sheet("sheet.csv", sheet)
    with HostileServer() as server:
        machine.toward(server)
        struck = plan_misfortune(server, sheet, random)

        codes = drive_through(
            machine, server,
            ["send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "5000/s", "--timeout", str(TIMEOUT),
             "--max-errors", "50%", "--concurrency", str(concurrency)], kills,
        )  # fmt: skip
        server.apply_late_now()

    doubtful = sum(count for name, count in struck.items() if Verdict.UNKNOWN in CATALOGUE[name].acceptable)
    told = sum(count for name, count in struck.items() if CATALOGUE[name].told_wait)
    rows = machine.read("out.csv")
    # A connection that is closed behind our back may take the next request with it.
    doubtful += struck["stale_connection"] + struck["reset_idle_connection"]
    assert [] == lies(rows, server, sheet, most_unknown=doubtful + len(kills) * concurrency)
    assert {} == server.duplicates()
    assert server.early_retries <= told * (concurrency - 1), "More came early than were under way"
    assert set(statuses(rows)) == {"sent", "failed", "unknown"}
    assert 3 == codes[-1]
    assert struck.total() > 190
