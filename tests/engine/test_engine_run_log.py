"""What happens to the rows of a run is written into the log, each line with run and row; without one, at no cost."""

from __future__ import annotations

import logging

import pytest

from hotline_batch.cli.log.log_file import TextLines
from hotline_batch.errors import ApiError
from hotline_batch.ledger.ledger import Ledger
from tests.support.engine_bench import Scripted, drive, limited, refused, unreachable
from tests.support.fake_clock import FakeClock
from tests.support.ledgers.ledger_examples import add_run, messages

FOREIGN_WORDS = "Mrs Smith, +4915112345678"


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "hotline_batch.engine")
    return caplog


def told(heard: pytest.LogCaptureFixture, event: str) -> list[dict[str, object]]:
    """The fields of each line about this event."""
    return [vars(record) for record in heard.records if record.msg == event]


def on_the_second(error: ApiError) -> Scripted:
    return Scripted(lambda _request, number: error if number == 2 else None)


def test_every_line_names_its_run_and_every_line_about_a_row_its_row(
    ledger: Ledger, heard: pytest.LogCaptureFixture
) -> None:
    drive(ledger, add_run(ledger, "r1", messages(3)), on_the_second(refused()))

    assert {"r1"} == {vars(record)["run"] for record in heard.records}
    for event in ("row claimed", "request leaves", "answer received", "row done"):
        assert [2, 3, 4] == [line["row"] for line in told(heard, event)], event
    assert ["succeeded", "failed", "succeeded"] == [line["state"] for line in told(heard, "row done")]
    assert ["yes", "no", "yes"] == [line["delivery"] for line in told(heard, "answer received")]


def test_pause_that_the_service_asks_for_is_told(ledger: Ledger, heard: pytest.LogCaptureFixture) -> None:
    """How long nothing leaves, which share of the pace is left, and when the row is tried again."""
    drive(ledger, add_run(ledger, "r1", messages(2)), on_the_second(limited(7.0)), clock=FakeClock())

    (held,), (later,) = told(heard, "pace held back"), told(heard, "row postponed")
    assert (3, pytest.approx(7.0, abs=0.5), 0.5) == (held["row"], held["wait_seconds"], held["share"])
    assert (3, "rate_limited", pytest.approx(7.0, abs=0.5)) == (later["row"], later["code"], later["wait_seconds"])


def test_stop_is_told_once(ledger: Ledger, heard: pytest.LogCaptureFixture) -> None:
    """With the code of the first reason."""
    drive(ledger, add_run(ledger, "r1", messages(3)), Scripted(lambda _request, _number: unreachable()), most_tries=2)

    (stop,) = told(heard, "run stops")
    assert ("unreachable", None) == (stop["code"], stop.get("row"))


def test_error_of_the_programs_own_is_told_with_its_place(ledger: Ledger, heard: pytest.LogCaptureFixture) -> None:
    """The row is in doubt; the log knows where it happened, and keeps the error's text to itself."""
    service = Scripted()

    def fail() -> None:
        raise KeyError(FOREIGN_WORDS)

    service.work = fail
    drive(ledger, add_run(ledger, "r1", messages(1)), service)

    (record,) = [record for record in heard.records if record.msg == "internal error"]
    short, whole = (TextLines(with_tracebacks=debug).format(record) for debug in (False, True))
    assert ("r1", 2) == (record.run, record.row)  # type: ignore[attr-defined]  # fields of the line
    assert "error=KeyError place=test_engine_run_log.py:" in short
    assert "Traceback" not in short
    assert "in fail" in whole
    assert FOREIGN_WORDS not in short + whole
    assert ["internal_error"] == [line["code"] for line in told(heard, "row done")]


def test_nothing_is_put_together_where_nobody_listens(
    ledger: Ledger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row costs a few looks at a level, and no line."""
    caplog.set_level(logging.WARNING, "hotline_batch")
    monkeypatch.setattr(
        "hotline_batch.engine.run_log.RunLog._say", lambda *_said, **_facts: pytest.fail("A line was put together")
    )

    end = drive(ledger, add_run(ledger, "r1", messages(5)), Scripted())

    assert "finished" == end.state


def test_text_of_a_message_is_told_by_its_length(ledger: Ledger, heard: pytest.LogCaptureFixture) -> None:
    (request,) = messages(1)
    drive(ledger, add_run(ledger, "r1", [request]), Scripted())

    (line,) = told(heard, "request leaves")
    assert len(request.message) == line["characters"]
    assert request.message not in "".join(map(str, map(vars, heard.records)))
