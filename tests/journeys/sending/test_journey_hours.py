"""A run within its hours: days pass, it is killed and gone on with, and ends in the minute that was told before."""

from __future__ import annotations

import json
import signal
import time
from datetime import datetime
from pathlib import Path

import pytest

from hotline_batch.application.cluster.status import worker_status
from hotline_batch.application.planning.plan_run import PlannedRun, plan_run
from hotline_batch.application.planning.request import SheetRequest, Upload
from hotline_batch.application.runs.driving import Watcher, drive_lanes, open_run
from hotline_batch.application.runs.hours import is_due
from hotline_batch.application.runs.views.progress import run_progress, wait_for_run
from hotline_batch.application.runs.workers.detached import start_run_detached, stop_run
from hotline_batch.application.runs.workers.serving import WorkerService
from hotline_batch.application.stopping import Stop
from hotline_batch.cli.flows.serving.worker import show_status
from hotline_batch.errors import SettingsError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.run_audit import audit_lines
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import LaneState
from hotline_batch.model.runs import RunState
from hotline_batch.opening_hours.wall_clock import kept
from hotline_batch.run_options import Limits, RunOptions
from hotline_batch.settings.model import Settings
from tests.support.days_later import ZONE, drive, killed_while_it_waits, moment, office
from tests.support.fake_clock import FakeClock
from tests.support.processes.journey import Machine, people, statuses
from tests.support.waiting import wait_until

ROWS = 60
# Christmas Day 2026 is a Friday.
EVE = "2026-12-24 17:55"
LIMITS = Limits(rate="5/min", between="09:00-18:00", days="mon-fri", holidays="DE")


def planned(folder: Path, settings: Settings, limits: Limits, rows: int = ROWS, now: str = EVE) -> PlannedRun:
    lines = [f"{987654321 + row},Message {row}" for row in range(rows)]
    (folder / "sheet.csv").write_text("\n".join(["user_id,message", *lines, ""]))
    options = RunOptions(sandbox=True, limits=limits)
    # The pretend service of a sheet that was handed in on the page knows everybody.
    request = SheetRequest(Kind.SEND, str(folder / "sheet.csv"), options, upload=Upload("one", "sheet.csv"))
    return plan_run(request, settings, clock=FakeClock(wall=moment(now)))


def left_at(settings: Settings, run_id: str) -> list[str]:
    """When each request left, by the clock of the office, in the order of the sheet."""
    with Ledger(settings.ledger) as ledger:
        told = map(json.loads, audit_lines(ledger, ledger.run(run_id)))
        tried = [line for line in told if "attempt" in line and "started_at" in line]
    begun = [datetime.fromisoformat(line["started_at"]).astimezone(ZONE) for line in tried]
    return [f"{each:%a %d %b %H:%M}" for each in begun]


def test_a_run_that_is_killed_over_the_holidays_sends_its_last_row_in_the_right_minute(tmp_path: Path) -> None:
    """Sixty rows at five a minute: 25 before six o'clock on Christmas Eve, 35 from nine o'clock on Monday on."""
    settings = office(tmp_path)
    plan = planned(tmp_path, settings, LIMITS)
    run_id = plan.run.id
    told = datetime.fromtimestamp(plan.plan.expected.ends_at(moment(EVE)), ZONE)

    killed_while_it_waits(tmp_path, run_id, moment(EVE))
    killed_while_it_waits(tmp_path, run_id, moment("2026-12-26 12:00"))
    summary = drive(settings, run_id, FakeClock(wall=moment("2026-12-27 23:00")))

    moments = left_at(settings, run_id)
    assert RunState.FINISHED is summary.state
    assert ROWS == summary.counts[Status.SENT]
    assert ROWS == len(moments)
    assert ["Thu 24 Dec 17:55", "Thu 24 Dec 17:59"] == [moments[0], moments[24]]
    assert ["Mon 28 Dec 09:00", "Mon 28 Dec 09:06"] == [moments[25], moments[-1]]
    assert "Mon 28 Dec 09:06" == f"{told:%a %d %b %H:%M}"


@pytest.mark.parametrize(
    ("now", "moments"),
    [
        ("2026-03-28 23:30", {"Sat 28 Mar 23": 1, "Sun 29 Mar 00": 2, "Sun 29 Mar 01": 2, "Sun 29 Mar 03": 1}),
        ("2026-10-24 23:30", {"Sat 24 Oct 23": 1, "Sun 25 Oct 00": 2, "Sun 25 Oct 01": 2, "Sun 25 Oct 02": 4}),
    ],
)
def test_nights_when_clocks_are_changed(tmp_path: Path, now: str, moments: dict[str, int]) -> None:
    """One every half hour until half past three: two hours' worth less in spring than in autumn."""
    settings = office(tmp_path)
    run_id = planned(tmp_path, settings, Limits(rate="2/h", between="22:00-03:20"), rows=12, now=now).run.id

    drive(settings, run_id, FakeClock(wall=moment(now)))

    by_hour = [each[:-3] for each in left_at(settings, run_id)]
    assert moments == {hour: by_hour.count(hour) for hour in moments}
    assert not [hour for hour in by_hour if 4 <= int(hour[-2:]) < 22]


def test_a_start_is_kept_with_the_run(tmp_path: Path) -> None:
    """Who goes on with it a day later waits for the same Monday."""
    settings = office(tmp_path)
    run_id = planned(tmp_path, settings, Limits(at="2026-12-28 10:15"), rows=2).run.id

    killed_while_it_waits(tmp_path, run_id, moment("2026-12-24 18:00"))
    drive(settings, run_id, FakeClock(wall=moment("2026-12-25 09:00")))

    assert ["Mon 28 Dec 10:15"] * 2 == left_at(settings, run_id)


def test_hours_of_a_connection_bind_and_those_of_the_settings_give_way(tmp_path: Path) -> None:
    """An option goes before the settings, field by field; the connection's own count beside it."""
    of_bot = 'instance = "1"\napi_key = "env:K"\nbetween = "09:30-17:00"\n'
    more = f'between = "10:00-12:00"\ndays = "mon"\n[connections.bot]\n{of_bot}'
    settings = office(tmp_path, more)
    (tmp_path / "sheet.csv").write_text("user_id,message\n987654321,Hello\n")

    def begins(**limits: str) -> str:
        options = RunOptions(limits=Limits(**limits))
        request = SheetRequest(Kind.SEND, str(tmp_path / "sheet.csv"), options, output=str(tmp_path / "out.csv"))
        expected = plan_run(request, settings, clock=FakeClock(wall=moment(EVE))).plan.expected
        return f"{datetime.fromtimestamp(expected.begins_at(moment(EVE)), ZONE):%a %d %b %H:%M}"

    assert "Mon 28 Dec 10:00" == begins()
    assert "Fri 25 Dec 10:00" == begins(days="mon-fri")
    assert "Mon 28 Dec 09:30" == begins(between="00:00-24:00")
    with pytest.raises(SettingsError, match=r"Nothing may ever leave through the connection 'bot': its hours are"):
        begins(between="17:00-20:00")
    with Ledger(settings.ledger) as ledger:
        assert 3 == len(ledger.runs())


def handed_over(tmp_path: Path, settings: Settings, limits: Limits) -> str:
    """A run whose lanes wait for a worker."""
    run_id = planned(tmp_path, settings, limits, rows=3).run.id
    with Ledger(settings.ledger) as ledger, ledger.hold(run_id) as held:
        open_run(ledger, held, settings, Limits(), for_workers=True)
    return run_id


def test_a_worker_takes_a_run_when_it_is_due(tmp_path: Path) -> None:
    """Until then it waits in the ledger, where everybody sees until when."""
    settings, begins = office(tmp_path), time.time() + 10
    run_id = handed_over(tmp_path, settings, Limits(rate="50/s", at=kept(begins)))
    waiting = run_progress(settings, run_id)
    with Ledger(settings.ledger) as ledger:
        was_due = is_due(ledger, settings, run_id)
    stop = Stop()

    WorkerService(settings, 4, stop, lambda _summary: stop.ask()).serve()

    ended = wait_for_run(settings, run_id, 60.0)
    assert not was_due
    assert (pytest.approx(begins), "outside_hours") == (waiting.closed_until, waiting.waiting_code)
    assert waiting.is_going_on
    assert not waiting.is_waiting_for_worker
    assert waiting.seconds_left is not None
    assert RunState.FINISHED is ended.state
    assert ended.closed_until is None
    with Ledger(settings.ledger) as ledger:
        lines = [json.loads(line) for line in audit_lines(ledger, ledger.run(run_id))]
    begun = [datetime.fromisoformat(line["started_at"]).timestamp() for line in lines if "started_at" in line]
    assert 3 == len(begun)
    assert min(begun) >= begins - 1  # told in whole seconds


def test_a_worker_gives_a_run_back_that_has_to_wait_and_keeps_no_place_for_it(tmp_path: Path) -> None:
    """Its lanes wait in the ledger; a stop ends it at once, though nobody works on it."""
    settings = office(tmp_path)
    run_id = handed_over(tmp_path, settings, Limits(at=kept(time.time() + 9_000)))

    with Ledger(settings.ledger) as ledger:
        summary = drive_lanes(ledger, run_id, settings, watcher=Watcher(leaves_when_closed=True))
        lanes = {name: lane.state for name, lane in ledger.lanes(run_id).items() if name}
    waiting = run_progress(settings, run_id)
    stop_run(settings, run_id)

    assert summary is None
    assert {"connection:sandbox": LaneState.WAITING} == lanes
    assert waiting.closed_until is not None
    assert not waiting.workers
    assert RunState.INTERRUPTED is run_progress(settings, run_id).state


def test_a_run_that_was_handed_over_and_waits_is_seen_and_stopped_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A process of its own waits for it, and everybody is told until when."""
    settings = office(tmp_path)
    monkeypatch.setenv("HOTLINE_BATCH_CONFIG", str(tmp_path / "hotline-batch.toml"))
    monkeypatch.setenv("HOTLINE_BATCH_LEDGER", settings.ledger)
    run_id = planned(tmp_path, settings, Limits(at=kept(time.time() + 9_000)), rows=3).run.id

    start_run_detached(settings, run_id)
    wait_until(lambda: bool(run_progress(settings, run_id).workers))
    waiting = run_progress(settings, run_id)
    (lane,) = worker_status(settings).lanes
    show_status({"config": None, "ledger": None}, as_json=False)
    told = capsys.readouterr().out
    stop_run(settings, run_id)
    ended = wait_for_run(settings, run_id, 60.0)

    assert waiting.closed_until is not None
    assert waiting.closed_until == lane.waits_until
    assert "waits until" in told
    assert RunState.INTERRUPTED is ended.state
    assert 3 == ended.counts[Status.NOT_ATTEMPTED]


def test_ctrl_c_ends_a_run_that_waits_at_once(machine: Machine) -> None:
    """It says until when it waits, before and meanwhile; everything is left to `resume`."""
    machine.write_sheet("sheet.csv", people(3))
    day_after_tomorrow = time.strftime("%Y-%m-%d", time.localtime(time.time() + 200_000))
    words = ("send", "sheet.csv", "--sandbox", "--yes", "-o", "out.csv", "--at", f"{day_after_tomorrow} 09:00")

    with machine.start(*words) as command:
        wait_until(lambda: "waits until" in command.said, told=lambda: command.said)
        listed = machine.run("runs", "list").stdout
        shown = machine.run("runs", "list", "--json").stdout
        command.signal(signal.SIGINT)
        ended = command.end()  # far sooner than the hours begin

    assert 130 == ended.exit_code
    assert " from " in ended.stderr
    assert "[waits until " in listed
    assert json.loads(shown)[0]["waits_until"]
    assert ["not_attempted"] * 3 == statuses(machine.read("out.csv"))


def test_what_is_no_time_or_no_hours_stops_before_anything_is_done(machine: Machine) -> None:
    """Exit code 2, one sentence each."""
    machine.write_sheet("sheet.csv", people(3))
    refused = {
        ("--at", "2026-01-01 09:00"): "at: 2026-01-01 09:00 has passed",
        ("--at", "soon"): "at: 'soon' is no time",
        ("--at", "0001-01-01 00:00"): "at: 0001-01-01 00:00 has passed",
        ("--at", "9999-12-31 23:59"): "at: '9999-12-31 23:59' is no time",
        ("--at", "9999-12-31T23:59-12:00"): "at: '9999-12-31T23:59-12:00' is no time",
        ("--between", "9"): "between: '9' are no hours",
        ("--days", "weekdays"): "days: 'weekdays' are no days",
        ("--holidays", "DE-XX"): "holidays: the holidays of DE-XX are not known",
    }
    for words, said in refused.items():
        ended = machine.run("send", "sheet.csv", "--sandbox", "--yes", "-o", "out.csv", *words)

        assert (2, True) == (ended.exit_code, said in ended.stderr), ended.stderr
    assert [] == machine.runs()


def test_check_tells_when_a_run_would_begin_and_end(machine: Machine) -> None:
    machine.write_sheet("sheet.csv", people(40))
    ended = machine.run("check", "sheet.csv", "--sandbox", "--between", "09:00-09:01", "--rate", "10/min", "--json")
    words = machine.run("check", "sheet.csv", "--sandbox", "--between", "09:00-09:01", "--rate", "10/min").stdout

    begins, ends = (datetime.fromisoformat(str(ended.summary[name])) for name in ("begins_at", "ends_at"))
    assert (9, 0) == (begins.astimezone().hour, begins.astimezone().minute) or begins.astimezone().minute == 0
    assert 3 <= round((ends - begins).total_seconds() / 86_400)
    assert "Only within these hours: 09:00–09:01." in words
