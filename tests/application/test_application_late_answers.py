"""An answer that comes after another worker has concluded the run: ledger and result sheet tell what is true then."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from sqlalchemy import text

from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.runs.driving import drive_lanes, open_run
from hotline_batch.application.runs.going_on import retry_run, settle_rows
from hotline_batch.client.network.connections import Watched
from hotline_batch.engine import departure
from hotline_batch.errors import TakenOver
from hotline_batch.ledger.lanes import heart
from hotline_batch.ledger.lanes.lane import LEASE_SECONDS
from hotline_batch.ledger.lanes.workers import Worker
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.resolutions import PersonsWord
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.results.files import atomic
from hotline_batch.results.files import output as results_output
from hotline_batch.run_options import Limits, RunOptions
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from tests.support.processes.journey import people, read_sheet, statuses
from tests.support.service.exchange import Exchange
from tests.support.service.faults import ANSWER_WELL, named
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

PATIENCE_SECONDS = 120.0


def planned(
    folder: Path, ledger_url: str, server: HostileServer, sheet: Sequence[tuple[int, str]]
) -> tuple[Settings, str, Path]:
    """A run over these messages that waits for a worker, one row at a time: its settings, its id, its result sheet."""
    (folder / "sheet.csv").write_text("user_id,message\n" + "".join(f"{user},{said}\n" for user, said in sheet))
    environ = {**Credentials().environment(server.url), "HOTLINE_BATCH_LEDGER": ledger_url}
    settings = load_settings(environ=environ, working_folder=folder)
    output = folder / "out.csv"
    options = RunOptions(limits=Limits(rate="1000/s", concurrency=1, timeout=600.0))
    run_id = plan_run(SheetRequest(Kind.SEND, str(folder / "sheet.csv"), options, str(output)), settings).run.id
    with Ledger(settings.ledger) as ledger, ledger.hold(run_id) as held:
        open_run(ledger, held, settings, Limits(), for_workers=True)
    return settings, run_id, output


def drive_until_taken_over(ledger: Ledger, run_id: str, settings: Settings, ended: list[str]) -> None:
    try:
        drive_lanes(ledger, run_id, settings)
    except TakenOver:
        ended.append("taken over")


def let_it_seem_dead(ledger: Ledger) -> None:
    """Whoever works on the run, on another machine, has not been heard of for too long."""
    with ledger.engine.begin() as connection:
        silent = {"worker": str(Worker("elsewhere", 1, "1", "task")), "seconds": LEASE_SECONDS + 1}
        told = "update lane set worker = :worker, heartbeat_at = heartbeat_at - :seconds where worker <> ''"
        connection.execute(text(told), silent)


def heard_later(server: HostileServer, user_id: int) -> threading.Event:
    """Set it, and the answer to the first request for this user is given."""
    is_heard = threading.Event()

    def answer_later(exchange: Exchange) -> None:
        is_heard.wait(PATIENCE_SECONDS)
        ANSWER_WELL.behave(exchange)

    server.fault_for(user_id, replace(ANSWER_WELL, behave=answer_later))
    return is_heard


def test_a_late_answer_reaches_the_sheet_that_was_written_without_it(
    tmp_path: Path, ledger_url: str, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever hears it was thought dead: its row is in doubt until then, and sent afterwards, wherever one looks."""
    monkeypatch.setattr(heart, "LOOK_EVERY_SECONDS", 3_600.0)  # the one that is thought dead does not beat meanwhile
    sheet = people(3)
    is_heard = heard_later(server, sheet[0][0])
    settings, run_id, output = planned(tmp_path, ledger_url, server, sheet)
    ended: list[str] = []
    with Ledger(settings.ledger) as ledger:
        asleep = threading.Thread(target=drive_until_taken_over, args=(ledger, run_id, settings, ended))
        asleep.start()
        server.wait_until(lambda: len(server.requests) == 1, PATIENCE_SECONDS)
        let_it_seem_dead(ledger)
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


def test_a_worker_that_slept_while_it_connected_posts_nothing_any_more(
    tmp_path: Path, ledger_url: str, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row was taken over, settled by a person and sent meanwhile: a second copy could not be taken back."""
    monkeypatch.setattr(heart, "LOOK_EVERY_SECONDS", 3_600.0)  # the one that is thought dead does not beat meanwhile
    is_connecting, may_connect = threading.Event(), threading.Event()
    connect = Watched.connect

    def connect_later(connection: Watched) -> None:
        if not is_connecting.is_set():
            is_connecting.set()
            may_connect.wait(PATIENCE_SECONDS)
        connect(connection)

    monkeypatch.setattr(Watched, "connect", connect_later)
    settings, run_id, output = planned(tmp_path, ledger_url, server, people(3))
    ended: list[str] = []
    with Ledger(settings.ledger) as ledger:
        asleep = threading.Thread(target=drive_until_taken_over, args=(ledger, run_id, settings, ended))
        asleep.start()
        assert is_connecting.wait(PATIENCE_SECONDS)
        let_it_seem_dead(ledger)
        drive_lanes(ledger, run_id, settings)
        before = statuses(read_sheet(output))
        settle_rows(settings, run_id, PersonsWord.NOT_DELIVERED, None, "")
        summary = retry_run(settings, run_id, Limits())
        monkeypatch.setattr(departure, "LEASE_SECONDS", 0.0)  # so long ago was its claim by now
        may_connect.set()
        asleep.join(PATIENCE_SECONDS)

    assert ["unknown", "sent", "sent"] == before
    assert 3 == summary.counts[Status.SENT]
    assert ["taken over"] == ended
    assert {} == server.duplicates()
    assert 3 == len(server.requests)
    assert ["sent"] * 3 == statuses(read_sheet(output))


def test_a_sheet_of_who_slept_while_it_was_written_is_written_anew(
    tmp_path: Path, ledger_url: str, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person settled its row in doubt meanwhile: their sheet is replaced by the older one, and that by a true one."""
    monkeypatch.setattr(heart, "LOOK_EVERY_SECONDS", 3_600.0)  # the one that is thought dead does not beat meanwhile
    sheet = people(2)
    server.fault_for(sheet[0][0], named("close_unanswered_applied"))
    settings, run_id, output = planned(tmp_path, ledger_url, server, sheet)
    write = atomic.write_whole
    between: list[Sequence[str]] = []

    def fall_asleep(path: Path, fill: Callable[[BinaryIO], None], **words: Any) -> Path:
        def fill_and_sleep(stream: BinaryIO) -> None:
            fill(stream)
            monkeypatch.setattr(results_output, "write_whole", write)
            let_it_seem_dead(ledger)
            settle_rows(settings, run_id, PersonsWord.DELIVERED, None, "")
            between.append(statuses(read_sheet(output)))

        return write(path, fill_and_sleep, **words)

    monkeypatch.setattr(results_output, "write_whole", fall_asleep)
    with Ledger(settings.ledger) as ledger, pytest.raises(TakenOver):
        drive_lanes(ledger, run_id, settings)

    assert [["sent", "sent"]] == between
    assert ["sent", "sent"] == statuses(read_sheet(output))


def test_a_late_answer_counts_more_than_the_refusal_of_the_next_attempt(
    tmp_path: Path, ledger_url: str, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person had said that it is not there, and the row was tried again: the sheet says that it was sent."""
    monkeypatch.setattr(heart, "LOOK_EVERY_SECONDS", 3_600.0)  # the one that is thought dead does not beat meanwhile
    sheet = people(2)
    is_heard = heard_later(server, sheet[0][0])
    settings, run_id, output = planned(tmp_path, ledger_url, server, sheet)
    ended: list[str] = []
    with Ledger(settings.ledger) as ledger:
        asleep = threading.Thread(target=drive_until_taken_over, args=(ledger, run_id, settings, ended))
        asleep.start()
        server.wait_until(lambda: len(server.requests) == 1, PATIENCE_SECONDS)
        let_it_seem_dead(ledger)
        drive_lanes(ledger, run_id, settings)
        settle_rows(settings, run_id, PersonsWord.NOT_DELIVERED, None, "")
        server.fault_for(sheet[0][0], named("user_not_found_400"))
        refused = retry_run(settings, run_id, Limits())
        before = statuses(read_sheet(output))
        is_heard.set()
        asleep.join(PATIENCE_SECONDS)
        again = retry_run(settings, run_id, Limits())

    assert (["failed", "sent"], 1) == (before, refused.counts[Status.FAILED])
    assert ["taken over"] == ended
    assert ["sent", "sent"] == statuses(read_sheet(output))
    assert {Status.SENT: 2} == {status: count for status, count in again.counts.items() if count}
    assert {} == server.duplicates()
    assert 3 == len(server.requests)


def test_an_answer_that_comes_while_the_sheet_is_written_stands_in_it(
    tmp_path: Path, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever brings it is not heard any more: whoever concludes looks once more, and writes the sheet anew."""
    monkeypatch.setattr(heart, "LOOK_EVERY_SECONDS", 3600.0)
    sheet = people(3)
    is_heard = heard_later(server, sheet[0][0])
    settings, run_id, output = planned(tmp_path, f"sqlite:///{tmp_path}/ledger.sqlite", server, sheet)
    ended: list[str] = []
    write = atomic.write_whole

    def write_slowly(path: Path, fill: Callable[[BinaryIO], None], **words: Any) -> Path:
        def fill_slowly(stream: BinaryIO) -> None:
            fill(stream)
            is_heard.set()
            asleep.join(PATIENCE_SECONDS)

        return write(path, fill_slowly, **words)

    with Ledger(settings.ledger) as ledger:
        asleep = threading.Thread(target=drive_until_taken_over, args=(ledger, run_id, settings, ended))
        asleep.start()
        server.wait_until(lambda: len(server.requests) == 1, PATIENCE_SECONDS)
        let_it_seem_dead(ledger)
        monkeypatch.setattr(results_output, "write_whole", write_slowly)
        summary = drive_lanes(ledger, run_id, settings)

        assert ["taken over"] == ended
    assert ["sent"] * 3 == statuses(read_sheet(output))
    assert 0 == summary.exit_code
