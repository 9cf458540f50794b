"""Library calls: no handler is installed; what the caller's own handlers raise arrives when the rows are settled."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from hotline_batch import enrich_frame, enrich_sheet, send_sheet, start_run
from hotline_batch.application.stopping import interruptible
from hotline_batch.engine.clock import EventQueue
from hotline_batch.engine.session import StopRequested
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Status
from hotline_batch.settings.load import load_settings
from tests.support.processes.journey import SAMPLES

PATIENCE_SECONDS = 120.0


class Interrupted(BaseException):
    """What the caller's own handler raises."""


@pytest.fixture
def interrupt() -> Iterator[Callable[[], None]]:
    """Interrupts the main thread from another one, by a handler of the test's own."""
    if sys.platform == "win32":
        pytest.skip("Windows has no such signal")
    assert threading.current_thread() is threading.main_thread()

    def raise_it(*_: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, raise_it)
    yield lambda: os.kill(os.getpid(), signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)


def test_what_the_work_gives_and_raises() -> None:
    """As if it were called here."""

    def fail(_inbox: EventQueue[Any]) -> None:
        raise ValueError("no")

    assert 7 == interruptible(lambda _inbox: 7)
    with pytest.raises(ValueError, match="no"):
        interruptible(fail)


def test_interrupt_asks_to_stop_and_arrives_at_the_end(interrupt: Callable[[], None]) -> None:
    """The work takes the time that it needs."""
    ended = []

    def work(inbox: EventQueue[Any]) -> None:
        interrupt()
        ended.append(inbox.receive(PATIENCE_SECONDS))

    with pytest.raises(Interrupted):
        interruptible(work)

    assert [StopRequested()] == ended


def test_third_interrupt_waits_no_longer(interrupt: Callable[[], None]) -> None:
    """Whoever insists gets the word at once; the work is left alone."""
    asked, ended, may_end = [], [], threading.Event()

    def work(inbox: EventQueue[Any]) -> None:
        for _ in range(3):
            interrupt()
            asked.append(inbox.receive(PATIENCE_SECONDS))
        may_end.wait(PATIENCE_SECONDS)
        ended.append("work")

    with pytest.raises(Interrupted):
        interruptible(work)
    ended.append("call")
    may_end.set()

    assert 2 <= len(asked) <= 3
    assert "call" == ended[0]


def test_no_thread_of_its_own_where_no_handler_runs() -> None:
    """Outside the main thread the work is simply done."""
    found = []

    def call() -> None:
        found.append((threading.current_thread(), interruptible(lambda _inbox: threading.current_thread())))

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()

    assert [(thread, thread)] == found


@pytest.mark.parametrize("call", ["send_sheet", "enrich_sheet", "enrich_frame"])
def test_library_call_installs_no_handler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Not one, not for a moment."""
    settings = load_settings(environ={}, ledger=f"sqlite:///{tmp_path / 'ledger.sqlite'}", working_folder=tmp_path)
    installed = []
    monkeypatch.setattr(signal, "signal", lambda number, _handler: installed.append(number))
    assert threading.current_thread() is threading.main_thread()

    match call:
        case "send_sheet":
            sheet, output = SAMPLES / "status_updates.csv", str(tmp_path / "out.csv")
            done = send_sheet(sheet, output=output, settings=settings, sandbox=True, rate="500/s").counts[Status.SENT]
        case "enrich_sheet":
            sheet, output = SAMPLES / "topic_links.csv", str(tmp_path / "out.csv")
            summary = enrich_sheet(sheet, output=output, settings=settings, sandbox=True, rate="500/s")
            done = summary.counts[Status.ENRICHED]
        case _:
            frame = pd.read_csv(SAMPLES / "topic_links.csv", dtype="string")
            found = enrich_frame(frame, link_column="topic_link", settings=settings, sandbox=True, rate="500/s")
            done = (found["hotline_status"] == "enriched").sum()

    assert done > 0
    assert [] == installed


@pytest.mark.parametrize("begin", [send_sheet, start_run, enrich_frame])
def test_interrupt_while_a_sheet_is_planned_leaves_nothing_to_go_on_with(
    begin: Callable[..., object], interrupt: Callable[[], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Else the first "go on" would send what nobody wants any more; the same cell may run again at once."""
    sheet = tmp_path / "f.csv"
    sheet.write_text("user_id,message\n987654321,Hello\n")
    frame = pd.DataFrame({"topic_link": ["https://t.me/c/2101424779/5343"]})
    settings = load_settings(ledger=f"sqlite:///{tmp_path / 'ledger.sqlite'}", environ={}, working_folder=tmp_path)
    ways = {"settings": settings, "sandbox": True} | ({"rate": "500/s"} if begin is not start_run else {})
    planned = _WhenPlanned(interrupt)

    caplog.set_level(logging.INFO, "hotline_batch")
    logging.getLogger("hotline_batch").addHandler(planned)
    try:
        with pytest.raises(Interrupted):
            begin(frame if begin is enrich_frame else sheet, **ways)
    finally:
        logging.getLogger("hotline_batch").removeHandler(planned)

    with Ledger(settings.ledger) as ledger:
        assert [] == list(ledger.runs())
    assert 1 == send_sheet(sheet, settings=settings, sandbox=True, rate="500/s").counts[Status.SENT]


class _WhenPlanned(logging.Handler):
    """Does this when a sheet has been planned, and gives the main thread the time to hear of it."""

    def __init__(self, do: Callable[[], None]) -> None:
        super().__init__()
        self._do = do

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "sheet planned":
            self._do()
            time.sleep(2)
