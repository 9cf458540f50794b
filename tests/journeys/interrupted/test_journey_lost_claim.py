"""A database that has lost a claim, as a copy may that took over for it, still learns what became of the row."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from tests.support.processes.journey import FAST, PATIENCE_SECONDS, Machine, people, statuses
from tests.support.processes.sleepers import update_in_a_moment
from tests.support.service.exchange import Exchange
from tests.support.service.faults import ANSWER_WELL, named
from tests.support.service.faults.fault import Fault
from tests.support.service.hostile_server import HostileServer

SHEET = people(3)
LOST = "update sheet_row set state = 'pending', attempts = 0, claimed_at = null where state = 'in_flight'"


@pytest.mark.parametrize(
    ("answer", "status", "exit_code"),
    [(ANSWER_WELL, "sent", 0), (named("close_unanswered_applied"), "unknown", 3), (named("error_in_200"), "failed", 1)],
    ids=["sent", "in doubt", "refused"],
)
def test_outcome_of_a_row_whose_claim_was_lost_counts(
    machine: Machine, server: HostileServer, ledger_url: str, answer: Fault, status: str, exit_code: int
) -> None:
    """It was on its way when that happened; going on sends it no second time."""
    machine.with_ledger(ledger_url).toward(server)
    machine.write_sheet("sheet.csv", SHEET)
    is_lost = threading.Event()

    def answer_later(exchange: Exchange) -> None:
        is_lost.wait(PATIENCE_SECONDS)
        answer.behave(exchange)

    server.fault_for(SHEET[0][0], replace(answer, behave=answer_later))
    with machine.start("send", "sheet.csv", "--yes", "--json", "-o", "out.csv", "--concurrency", "1", *FAST) as sending:
        server.wait_until(lambda: len(server.requests) == 1, PATIENCE_SECONDS)
        update_in_a_moment(ledger_url, LOST)
        is_lost.set()
        ended = sending.end()
    again = machine.run("resume", machine.newest_run(), "--yes", "--json", *FAST)

    assert exit_code == ended.exit_code, ended.stderr
    assert [status, "sent", "sent"] == statuses(machine.read("out.csv"))
    assert ended.counts == again.counts, again.stderr
    assert 3 == len(server.requests)
