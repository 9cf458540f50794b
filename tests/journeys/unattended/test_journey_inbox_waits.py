"""A file of a watched folder whose run has to wait, for its hours or for a second person, keeps nobody else waiting."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hotline_batch.application.office.acting import acting_as
from hotline_batch.application.office.approvals import approve_run, reject_run
from hotline_batch.people import ALL_ROLES, Person, PersonKind
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from tests.support.processes.journey import Machine, asked, people, read_sheet, statuses
from tests.support.service.hostile_server import HostileServer
from tests.support.waiting import wait_until

SOMEBODY_ELSE = Person("eve@elsewhere", PersonKind.SYSTEM, ALL_ROLES)
SOON_SECONDS = 50.0  # a file that is not awaited is looked at again after a minute at the earliest
WATCH = ("watch", "inbox", "--for", "send", "--settle", "0.1", "--poll", "0.1", "--rate", "200/s")


@pytest.fixture
def office(connected: Machine) -> Iterator[Machine]:
    """An inbox; messages through one connection leave at night only, those of another need a second person."""
    (connected.folder / "inbox").mkdir()
    hour = time.gmtime().tm_hour
    night = f"{(hour + 3) % 24:02}:00-{(hour + 4) % 24:02}:00"
    bot = f'instance = "{connected.environment["HOTLINE_INSTANCE"]}"\napi_key = "env:HOTLINE_API_KEY"'
    (connected.folder / "hotline-batch.toml").write_text(f"""
x_api_key = "env:HOTLINE_X_API_KEY"
timezone = "UTC"
default_connection = "day"
[connections.day]
{bot}
[connections.night]
{bot}
between = "{night}"
[connections.careful]
{bot}
approval = "required"
""")
    yield connected
    for run in connected.runs():
        for worker in run["workers"]:
            with suppress(ProcessLookupError):
                os.kill(worker["process"], signal.SIGKILL)


def drop(machine: Machine, name: str, connection: str, first_user: int) -> Path:
    path, made = machine.folder / "inbox" / name, machine.folder / name
    lines = [f"{first_user + number},{text},{connection}" for number, (_, text) in enumerate(people(5, name))]
    made.write_text("\n".join(["user_id,message,connection", *lines, ""]), "utf-8")
    return made.rename(path)  # whole from the first moment


def settings_of(machine: Machine) -> Settings:
    return load_settings(environ=machine.environment, working_folder=machine.folder)


def test_a_file_that_waits_for_its_hours_lets_others_go_first(office: Machine, server: HostileServer) -> None:
    """Its worker waits, which is told once; when the folder is served no more, it ends, and nothing of it was sent."""
    waits = drop(office, "a.csv", "night", 1_000_001)
    done = office.folder / "inbox" / "done"
    with office.start(*WATCH) as watcher:
        wait_until(lambda: any(run["workers"] for run in office.runs()))
        drop(office, "b.csv", "day", 2_000_001)
        wait_until((done / "b.results.csv").exists)
        run = next(run for run in office.runs() if Path(run["sheet"]).name == waits.name)
        watcher.signal(signal.SIGTERM)
        ended = watcher.end()
    wait_until(lambda: not any(run["workers"] for run in office.runs()))
    (log,) = office.ledger.parent.glob("watch-inbox-*.log")
    told = [line for line in log.read_text("utf-8").splitlines() if "file served" in line and waits.name in line]
    as_waiting = [line for line in told if "exit_code=130" not in line]  # that its watcher ended may be told, too

    assert ["sent"] * 5 == statuses(read_sheet(done / "b.results.csv"))
    assert waits.exists()
    assert 1 == len(as_waiting)
    assert "waits for its hours" in ended.stderr
    assert run["waits_until"]
    assert 130 == ended.exit_code
    assert "running" == next(found for found in office.runs() if found["run"] == run["run"])["state"]
    assert 5 == asked(server)


def test_a_watcher_that_replaced_one_that_died_takes_its_worker_along(office: Machine, server: HostileServer) -> None:
    """Also the worker that another watcher started ends with the serving: nothing leaves when the hours begin."""
    drop(office, "a.csv", "night", 1_000_001)
    done = office.folder / "inbox" / "done"
    with office.start(*WATCH) as died:
        wait_until(lambda: any(run["waits_until"] and run["workers"] for run in office.runs()))
        died.kill()
    (worker,) = office.runs()[0]["workers"]
    drop(office, "b.csv", "day", 2_000_001)
    with office.start(*WATCH, "--poll", "5") as watcher:  # when it is stopped, it waits for files
        wait_until((done / "b.results.csv").exists)
        assert [worker["process"]] == [each["process"] for run in office.runs() for each in run["workers"]]
        watcher.signal(signal.SIGTERM)
        ended = watcher.end()

    assert 130 == ended.exit_code
    assert not any(run["workers"] for run in office.runs())
    assert 5 == asked(server)


def test_files_that_need_a_second_person(office: Machine, server: HostileServer) -> None:
    """What is approved is sent within moments, what is rejected goes to failed/ unsent, and others wait for neither."""
    for name, connection, first in (
        ("a.csv", "careful", 1_000_001),
        ("b.csv", "careful", 2_000_001),
        ("c.csv", "day", 3_000_001),
    ):
        drop(office, name, connection, first)
    inbox = office.folder / "inbox"
    with office.start(*WATCH) as watcher:
        wait_until((inbox / "done" / "c.results.csv").exists)
        waiting = {Path(run["sheet"]).name: run["run"] for run in office.runs() if run["state"] != "finished"}
        before = asked(server)
        settings = settings_of(office)
        with acting_as(SOMEBODY_ELSE):
            approve_run(settings, waiting["a.csv"])
            reject_run(settings, waiting["b.csv"], "Not today")
        wait_until((inbox / "done" / "a.results.csv").exists, SOON_SECONDS)
        wait_until((inbox / "failed" / "b.csv.error.txt").exists, SOON_SECONDS)
        watcher.signal(signal.SIGTERM)
        watcher.end()

    assert {"a.csv", "b.csv"} == waiting.keys()
    assert 5 == before
    assert ["sent"] * 5 == statuses(read_sheet(inbox / "done" / "a.results.csv"))
    assert ["not_attempted"] * 5 == statuses(read_sheet(inbox / "failed" / "b.results.csv"))
    assert 10 == asked(server)


def test_file_that_waits_for_a_second_person_can_be_stopped(office: Machine, server: HostileServer) -> None:
    """It goes to failed/ unsent, and what is approved later is sent once somebody goes on with it."""
    drop(office, "a.csv", "careful", 1_000_001)
    office.run(*WATCH, "--once")
    run = office.newest_run()

    stopped = office.run("stop", run)
    served = office.run(*WATCH, "--once")
    with acting_as(SOMEBODY_ELSE):
        approve_run(settings_of(office), run)
    before = asked(server)
    resumed = office.run("resume", run, "--yes", "--rate", "200/s")

    assert 0 == stopped.exit_code, stopped.stderr
    assert 4 == served.exit_code, served.stderr
    assert (office.folder / "inbox" / "failed" / "a.csv.error.txt").exists()
    assert 0 == before
    assert 0 == resumed.exit_code, resumed.stderr
    assert ["sent"] * 5 == statuses(read_sheet(office.folder / "inbox" / "failed" / "a.results.csv"))
