"""An answer that comes after another worker has concluded the run: ledger and result sheet tell what is true then."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.runs.driving import drive_lanes, open_run
from hotline_batch.errors import TakenOver
from hotline_batch.ledger.lanes import heart
from hotline_batch.ledger.lanes.lane import LEASE_SECONDS
from hotline_batch.ledger.lanes.workers import Worker
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.run_options import Limits, RunOptions
from hotline_batch.settings.load import load_settings
from tests.support.exchange import Exchange
from tests.support.faults import ANSWER_WELL
from tests.support.hostile_server import HostileServer
from tests.support.journey import people, read_sheet, statuses
from tests.support.pretend_api import Credentials

PATIENCE_SECONDS = 120.0


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running


def test_a_late_answer_reaches_the_sheet_that_was_written_without_it(
    tmp_path: Path, ledger_url: str, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever hears it was thought dead: its row is in doubt until then, and sent afterwards, wherever one looks."""
    monkeypatch.setattr(heart, "LOOK_EVERY_SECONDS", 3_600.0)  # the one that is thought dead does not beat meanwhile
    is_heard = threading.Event()

    def answer_later(exchange: Exchange) -> None:
        is_heard.wait(PATIENCE_SECONDS)
        ANSWER_WELL.behave(exchange)

    sheet = people(3)
    server.fault_for(sheet[0][0], replace(ANSWER_WELL, behave=answer_later))
    (tmp_path / "sheet.csv").write_text("user_id,message\n" + "".join(f"{user},{said}\n" for user, said in sheet))
    environ = {**Credentials().environment(server.url), "HOTLINE_BATCH_LEDGER": ledger_url}
    settings = load_settings(environ=environ, working_folder=tmp_path)
    output = tmp_path / "out.csv"
    options = RunOptions(limits=Limits(rate="1000/s", concurrency=1, timeout=600.0))
    ended: list[str] = []
    with Ledger(settings.ledger) as ledger:
        run_id = plan_run(SheetRequest(Kind.SEND, str(tmp_path / "sheet.csv"), options, str(output)), settings).run.id
        with ledger.hold(run_id) as held:
            open_run(ledger, held, settings, Limits(), for_workers=True)

        def drive() -> None:
            try:
                drive_lanes(ledger, run_id, settings)
            except TakenOver:
                ended.append("taken over")

        asleep = threading.Thread(target=drive)
        asleep.start()
        server.wait_until(lambda: len(server.requests) == 1, PATIENCE_SECONDS)
        with ledger.engine.begin() as connection:
            silent = {"worker": str(Worker("elsewhere", 1, "1", "task")), "seconds": LEASE_SECONDS + 1}
            told = "update lane set worker = :worker, heartbeat_at = heartbeat_at - :seconds where worker <> ''"
            connection.execute(text(told), silent)
        summary = drive_lanes(ledger, run_id, settings)
        before = statuses(read_sheet(output))
        is_heard.set()
        asleep.join(PATIENCE_SECONDS)
        lanes = ledger.lanes(run_id).values()
        counted = sum(lane.progress.counts.get(Status.SENT, 0) for lane in lanes)

    assert summary is not None
    assert (["unknown", "sent", "sent"], 1) == (before, summary.counts[Status.UNKNOWN])
    assert ["taken over"] == ended
    assert ["sent"] * 3 == statuses(read_sheet(output))
    assert 3 == counted
    assert {} == server.duplicates()
