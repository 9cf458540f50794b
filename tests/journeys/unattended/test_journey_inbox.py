"""A watched folder whose watcher dies, is stopped, and comes back: every file is processed once."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter

import pytest

from tests.support.processes.journey import Machine, asked, people, read_sheet, statuses
from tests.support.service.faults.answers import ERROR_IN_200, FORBIDDEN_403
from tests.support.service.hostile_server import HostileServer
from tests.support.waiting import wait_until

WATCH = ("watch", "inbox", "--for", "send", "--settle", "0.1", "--poll", "0.1", "--rate", "200/s", "--concurrency", "4")
FILES = {name: people(60, name) for name in ("a.csv", "b.csv", "c.csv")}


def fill_inbox(machine: Machine) -> None:
    (machine.folder / "inbox").mkdir()
    for name, sheet in FILES.items():
        machine.write_sheet(f"inbox/{name}", sheet)


def test_killed_in_the_middle_of_a_file(connected: Machine, server: HostileServer) -> None:
    """Killed three times at any moment and started again: no message twice, every file in done/ once."""
    fill_inbox(connected)

    for count in (25, 80, 140):
        with connected.start(*WATCH) as watching:
            server.wait_until(lambda: asked(server) >= count)  # noqa: B023 - used here
            watching.kill()
    last = connected.run(*WATCH, "--once", "--json")
    done = connected.folder / "inbox" / "done"
    found = {name: read_sheet(done / name.replace(".csv", ".results.csv")) for name in FILES}

    assert last.exit_code in {0, 3}, last.stderr
    assert {} == server.duplicates()
    assert sorted(path.name for path in done.iterdir()) == sorted(
        [*FILES, *(name.replace(".csv", ".results.csv") for name in FILES)]
    )
    assert [] == [
        path.name for path in (connected.folder / "inbox").iterdir() if path.is_file() and path.name[0] != "."
    ]
    for name, sheet in FILES.items():
        assert sheet == [(int(row["user_id"]), row["message"]) for row in found[name]]
    words = Counter(status for rows in found.values() for status in statuses(rows))
    assert set(words) <= {"sent", "unknown"}
    assert words["unknown"] <= 3 * 4
    assert 3 == len(json.loads(connected.run("runs", "list", "--json").stdout))


def test_asked_to_stop(connected: Machine, server: HostileServer) -> None:
    """SIGTERM ends the run under way cleanly and the watcher with 130; the next start goes on with the same file."""
    fill_inbox(connected)

    # Slow enough that the stop is heard long before the file is done.
    with connected.start(*WATCH, "--rate", "5/s") as watching:
        server.wait_until(lambda: asked(server) >= 20)
        watching.signal(signal.SIGTERM)
        stopped = watching.end()
    after = asked(server)
    again = connected.run(*WATCH, "--once")

    assert 130 == stopped.exit_code, stopped.stderr
    assert after < 60
    assert 0 == again.exit_code, again.stderr
    assert {} == server.duplicates()
    assert 180 == asked(server)
    for name in FILES:
        found = read_sheet(connected.folder / "inbox" / "done" / name.replace(".csv", ".results.csv"))
        assert {"sent"} == set(statuses(found))


@pytest.fixture
def refused(connected: Machine, server: HostileServer) -> tuple[Machine, str]:
    """A file whose run waits in its folder, since the service refused the keys; and that run."""
    (connected.folder / "inbox").mkdir()
    connected.write_sheet("inbox/a.csv", FILES["a.csv"])
    server.fault_next(FORBIDDEN_403)
    connected.run(*WATCH, "--once")
    return connected, connected.newest_run()


def test_run_that_a_person_goes_on_with_is_not_the_watchers_to_end(
    refused: tuple[Machine, str], server: HostileServer
) -> None:
    """A watcher that is stopped meanwhile leaves it alone; the next one puts the file away with all that was sent."""
    machine, run = refused
    with machine.start("resume", run, "--yes", "--rate", "10/s") as person:
        server.wait_until(lambda: asked(server) >= 5)
        with machine.start(*WATCH) as watching:
            (log,) = machine.ledger.parent.glob("watch-inbox-*.log")
            wait_until(lambda: log.read_text("utf-8").count("file taken") == 2)
            watching.signal(signal.SIGTERM)
            stopped = watching.end()
        was_still_going_on = person.is_running
        resumed = person.end()
    state = machine.runs()[0]["state"]
    last = machine.run(*WATCH, "--once")

    assert was_still_going_on
    assert 130 == stopped.exit_code, stopped.stderr
    assert f"Another process is working on run {run}." in stopped.stdout
    assert 0 == resumed.exit_code, resumed.stderr
    assert "60 of 60 delivered" in resumed.stdout
    assert "finished" == state
    assert 0 == last.exit_code, last.stderr
    assert {"sent"} == set(statuses(read_sheet(machine.folder / "inbox" / "done" / "a.results.csv")))
    assert {} == server.duplicates()


def test_run_that_would_go_on_by_itself_can_be_stopped(refused: tuple[Machine, str], server: HostileServer) -> None:
    """Nothing more is sent of it, and its file lies where a person finds it, with the way to go on."""
    machine, run = refused
    before = asked(server)

    stopped = machine.run("stop", run)
    served = machine.run(*WATCH, "--once")
    after = asked(server)
    note = (machine.folder / "inbox" / "failed" / "a.csv.error.txt").read_text("utf-8")
    resumed = machine.run("resume", run, "--yes", "--rate", "200/s")

    assert 0 == stopped.exit_code, stopped.stderr
    assert 4 == served.exit_code, served.stderr
    assert before == after
    assert f"Run {run} was stopped: Stopped by" in note
    assert 0 == resumed.exit_code, resumed.stderr
    assert {"sent"} == set(statuses(read_sheet(machine.folder / "inbox" / "failed" / "a.results.csv")))


@pytest.fixture
def topics(connected: Machine) -> Machine:
    """A file that names topics, whose users are looked up before its messages are sent."""
    (connected.folder / "inbox").mkdir()
    rows = "".join(f"https://t.me/c/2101424779/{topic},Hello\n" for topic in range(6001, 6200, 10))
    (connected.folder / "inbox" / "a.csv").write_text(f"topic_link,message\n{rows}", "utf-8")
    return connected


def test_look_ups_that_a_person_stopped_stay_stopped(topics: Machine, server: HostileServer) -> None:
    """Nothing is looked up anew, and nothing sent, by the same watcher or the next one; the file lies with its note."""
    failed = topics.folder / "inbox" / "failed" / "a.csv"

    with topics.start(*WATCH) as watching:
        server.wait_until(lambda: asked(server) >= 3)
        stopped = topics.run("stop", topics.newest_run())
        wait_until(failed.exists)
        before = asked(server)
        watching.signal(signal.SIGTERM)
        watching.end()
    again = topics.run(*WATCH, "--once")

    assert 0 == stopped.exit_code, stopped.stderr
    assert 0 == again.exit_code, again.stderr
    assert before == asked(server) < 20
    assert [] == server.applied
    assert "Stopped by" in failed.with_name("a.csv.error.txt").read_text("utf-8")


def test_look_ups_that_a_stopped_watcher_left_go_on_at_the_next_start(topics: Machine, server: HostileServer) -> None:
    """Whoever stops the watcher has stopped no file."""
    with topics.start(*WATCH) as watching:
        server.wait_until(lambda: asked(server) >= 3)
        watching.signal(signal.SIGTERM)
        stopped = watching.end()
    stays = (topics.folder / "inbox" / "a.csv").exists()
    again = topics.run(*WATCH, "--once")

    assert (130, True) == (stopped.exit_code, stays), stopped.stderr
    assert 0 == again.exit_code, again.stderr
    assert 20 == len(server.applied)


def test_look_ups_that_fail_too_often_are_not_tried_for_ever(topics: Machine, server: HostileServer) -> None:
    """A file whose topics are not there goes to failed/, as one whose messages fail too often does."""
    server.fault_for("2101424779/6011", ERROR_IN_200, times=20)

    ended = topics.run(*WATCH, "--once", "--max-errors", "1")
    before = asked(server)
    again = topics.run(*WATCH, "--once", "--max-errors", "1")

    note = (topics.folder / "inbox" / "failed" / "a.csv.error.txt").read_text("utf-8")
    assert 4 > ended.exit_code > 0, ended.stderr
    assert 0 == again.exit_code, again.stderr
    assert (before, []) == (asked(server), server.applied)
    assert "not all looked up" in note


def test_run_whose_file_would_be_sent_anew_is_not_deleted(connected: Machine, server: HostileServer) -> None:
    """Deleted, nobody would know any more that most of it was sent; once the file is taken out, it may go."""
    (connected.folder / "inbox").mkdir()
    sheet = connected.write_sheet("inbox/a.csv", FILES["a.csv"])
    server.fault_on_request(40, FORBIDDEN_403)
    connected.run(*WATCH, "--once")
    run, sent = connected.newest_run(), len(server.applied)

    refused = connected.run("runs", "delete", run, "--yes")
    sheet.rename(connected.folder / "a.csv")
    deleted = connected.run("runs", "delete", run, "--yes")

    assert sent >= 30
    assert 2 == refused.exit_code
    assert "lies in a watched folder: it would be sent again by itself" in refused.stderr
    assert 0 == deleted.exit_code, deleted.stderr
    assert [] == connected.runs()
    assert sent == len(server.applied)


def test_one_line_of_json_for_each_file(connected: Machine, server: HostileServer) -> None:
    """Standard output holds one object a file, with what became of it and its counts."""
    fill_inbox(connected)
    (connected.folder / "inbox" / "d.csv").write_text("nothing,useful\n1,2\n")

    ended = connected.run(*WATCH, "--once", "--json")
    told = [json.loads(line) for line in ended.stdout.splitlines()]

    assert 1 == ended.exit_code
    assert {"done": 3, "failed": 1} == Counter(line["fate"] for line in told)
    assert [60, 60, 60] == [line["counts"]["sent"] for line in told if line["fate"] == "done"]
    assert 180 == asked(server)


def test_backup_of_a_sheet_is_left_alone(connected: Machine, server: HostileServer) -> None:
    """Nobody meant it to be sent; it stays where it is, which is said once and is no failure."""
    fill_inbox(connected)
    backup = connected.folder / "inbox" / "old.csv.bak"
    backup.write_text("user_id,message\n1999999,Old news\n")

    done = connected.folder / "inbox" / "done"
    with connected.start(*WATCH) as watching:
        wait_until(lambda: all((done / name).exists() for name in FILES) and "old.csv.bak" in watching.said)
        watching.signal(signal.SIGTERM)
        stopped = watching.end()
    once = connected.run(*WATCH, "--once", "--json")

    assert backup.exists()
    assert 180 == asked(server)
    assert 1 == stopped.stderr.count("old.csv.bak: left alone."), stopped.stderr
    assert (0, "left_alone") == (once.exit_code, json.loads(once.stdout)["fate"])


def test_sheet_that_seems_to_be_open_waits_and_is_told_of(connected: Machine, server: HostileServer) -> None:
    """A spreadsheet program that broke down left its file there: nobody would know why nothing is sent."""
    (connected.folder / "inbox").mkdir(exist_ok=True)
    connected.write_sheet("inbox/a.csv", people(2))
    (connected.folder / "inbox" / ".~lock.a.csv#").write_text("somebody")

    once = connected.run(*WATCH, "--once", "--json")

    assert 0 == asked(server)
    assert "waits" == json.loads(once.stdout)["fate"]
    assert "the file .~lock.a.csv# lies beside it" in json.loads(once.stdout)["reason"]


def test_wrong_choices_are_refused_at_the_start(machine: Machine) -> None:
    """Without any account nothing is served and nothing is moved."""
    fill_inbox(machine)

    ended = machine.run(*WATCH, "--once")

    assert 2 == ended.exit_code
    assert "HOTLINE_INSTANCE" in ended.stderr
    assert all((machine.folder / "inbox" / name).exists() for name in FILES)


@pytest.mark.skipif(os.name == "nt", reason="there, a folder hands its permissions down by itself")
@pytest.mark.parametrize(("folder", "file"), [(0o755, 0o644), (0o750, 0o640), (0o700, 0o600), (0o2775, 0o644)])
def test_whoever_may_read_the_folder_reads_what_is_written_there(
    connected: Machine, server: HostileServer, folder: int, file: int
) -> None:
    """Result sheets and notes, whatever the watcher's own mask is; results elsewhere are its user's alone."""
    (connected.folder / "inbox").mkdir()
    (connected.folder / "inbox" / "done").mkdir()
    (connected.folder / "inbox" / "failed").mkdir()
    for place in ("inbox", "inbox/done", "inbox/failed"):
        (connected.folder / place).chmod(folder)
    connected.write_sheet("inbox/a.csv", people(2))
    (connected.folder / "inbox" / "b.csv").write_text("neither,nor\n1,2\n")

    ended = connected.run(*WATCH, "--once", "--result-format", "xlsx")
    elsewhere = connected.run("results", connected.newest_run(), "-o", "own.csv")

    assert (1, 0) == (ended.exit_code, elsewhere.exit_code), ended.stderr
    inbox = connected.folder / "inbox"
    written = [inbox / "done" / "a.results.xlsx", inbox / "failed" / "b.csv.error.txt"]
    assert [file, file] == [path.stat().st_mode & 0o777 for path in written]
    assert 0o600 == (connected.folder / "own.csv").stat().st_mode & 0o777


@pytest.mark.parametrize("key", ["dry_run = true", 'at = "23:59"', "canary = 2"])
def test_what_the_settings_say_and_a_folder_cannot_keep_is_refused(
    connected: Machine, server: HostileServer, key: str
) -> None:
    """Whoever wants sheets only looked at, nothing sent before a time, or a look after the first rows, is not sent for;
    the files stay.
    """
    fill_inbox(connected)
    (connected.folder / "hotline-batch.toml").write_text(f"{key}\n", "utf-8")

    ended = connected.run(*WATCH, "--once")

    assert 2 == ended.exit_code
    assert f"The settings file says {key.partition(' ')[0]}" in ended.stderr
    assert 0 == asked(server)
    assert all((connected.folder / "inbox" / name).exists() for name in FILES)


def test_a_file_that_says_no_to_only_looking_serves_its_folder(connected: Machine, server: HostileServer) -> None:
    fill_inbox(connected)
    (connected.folder / "hotline-batch.toml").write_text("dry_run = false\n", "utf-8")

    ended = connected.run(*WATCH, "--once")

    assert 0 == ended.exit_code, ended.stderr
    assert 180 == asked(server)
