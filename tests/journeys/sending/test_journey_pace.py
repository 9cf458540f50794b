"""Two people start the program at the same time: together they keep the pace of their connection."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.processes.journey import FAST, Machine, people
from tests.support.service.faults.limits import limited_seconds
from tests.support.service.hostile_server import HostileServer
from tests.support.waiting import wait_until

RATE, ROWS = 4, 30


def test_two_runs_at_once_share_one_pace(tmp_path: Path) -> None:
    """Two sheets through one connection of one ledger: the service never sees more than the rate of one."""
    with HostileServer() as server:
        machine = Machine(tmp_path).toward(server)
        everybody = people(2 * ROWS)
        sheets = [
            machine.write_sheet("first.csv", everybody[:ROWS]),
            machine.write_sheet("second.csv", everybody[ROWS:]),
        ]

        with (
            machine.start("send", str(sheets[0]), "--yes", "--rate", f"{RATE}/s", "-o", "a.csv") as first,
            machine.start("send", str(sheets[1]), "--yes", "--rate", f"{RATE}/s", "-o", "b.csv") as second,
        ):
            ended = [first.end(), second.end()]

        assert [0, 0] == [each.exit_code for each in ended], [each.stderr for each in ended]
        assert 2 * ROWS == len(server.applied)
        # A little less than a second, since requests do not all travel equally long.
        assert server.most_requests_in(0.9) <= RATE
        # While both are at work neither starves: of any dozen requests each has three at least.
        senders = ["first" if message.user_id <= everybody[ROWS - 1][0] else "second" for message in server.applied]
        begin = max(map(senders.index, ("first", "second")))
        end = min(len(senders) - senders[::-1].index(name) for name in ("first", "second"))
        dozens = [senders[at : at + 12] for at in range(begin, end - 11)]
        assert dozens, senders
        assert all(3 <= dozen.count("first") <= 9 for dozen in dozens), senders


PAUSE_SECONDS = 6


@pytest.mark.parametrize(("told", "other"), [("enrich", "send"), ("send", "enrich")])
def test_a_pause_binds_every_request_with_the_same_keys(
    connected: Machine, server: HostileServer, told: str, other: str
) -> None:
    """Whoever looks topics up was told to wait: nobody sends meanwhile either, and the other way round."""
    connected.write_sheet("send.csv", people(1))
    with (connected.folder / "enrich.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("topic_link",), ("https://t.me/c/2101424779/5343",)])
    server.fault_next(limited_seconds(PAUSE_SECONDS))

    def is_paused() -> bool:
        with closing(sqlite3.connect(connected.ledger)) as ledger:
            return bool(ledger.execute("select count(*) from pace where paused_until > 0").fetchone()[0])

    with connected.start(told, f"{told}.csv", "--yes", "-o", "a.csv", *FAST) as first:
        wait_until(lambda: bool(server.requests) and is_paused())
        second = connected.run(other, f"{other}.csv", "--yes", "-o", "b.csv", *FAST)
        assert 0 == first.end().exit_code

    assert 0 == second.exit_code, second.stderr
    moments = [request.at for request in server.requests]
    assert 3 == len(moments)
    assert PAUSE_SECONDS <= moments[1] - moments[0]
