"""A person's word about rows in doubt: when it was given stands beside the row, and nothing else moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotline_batch.application.runs.going_on import settle
from hotline_batch.ledger.resolutions import PersonsWord
from hotline_batch.results.formatting import utc_text
from tests.support.batch_bench import FIRST_USER, Bench, HurriedClock
from tests.support.processes.journey import read_sheet
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer


@pytest.mark.parametrize("word", list(PersonsWord))
def test_a_settled_row_ended_when_the_word_was_given(tmp_path: Path, word: PersonsWord) -> None:
    """An hour after the run, to the second; rows that nobody spoke of, and the run itself, ended when they did."""
    clock = HurriedClock()
    with HostileServer() as server:
        bench = Bench(tmp_path, server.url, clock=clock)
        server.fault_for(FIRST_USER + 1, named("close_unanswered_applied"))
        server.fault_for(FIRST_USER + 2, named("close_unanswered_applied"))
        run_id = bench.send("abcd").run
        before = read_sheet(bench.result_path)
        with bench.ledger() as ledger:
            ended = ledger.run(run_id).finished_at
            clock.wait_until(clock.monotonic() + 3_600)
            earliest = utc_text(clock.wall())

            settle(ledger, ledger.run(run_id), bench.settings(), word, {3}, "looked", clock=clock)

            latest = utc_text(clock.wall())
            run = ledger.run(run_id)

    after = read_sheet(bench.result_path)
    moments = [row["hotline_finished_at"] for row in after]
    assert earliest <= moments[1] <= latest
    others = [row["hotline_finished_at"] for row in before]
    assert [others[0], *others[2:]] == [moments[0], *moments[2:]]
    assert max(others) < earliest
    assert ended == run.finished_at
