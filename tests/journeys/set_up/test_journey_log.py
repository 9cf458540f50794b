"""What the program did can be read afterwards, by row, with nothing in it that is secret or private."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from hotline_batch.cli.main import run as run_program
from reference.commands import commands
from tests.support.ledgers.postgresql import Database
from tests.support.processes.journey import FAST, Ended, Machine, asked, people
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

KEYS = Credentials(x_api_key="tok3n-0f-the-0wner/+", instance="13209946874612345", api_key="k3y-0f-the-1nstance=")
PASSWORD = "pr0xy-passw0rd"
FOREIGN_WORDS = f"{KEYS.api_key} Mrs Smith"
ONE_LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (DEBUG|INFO|WARNING|ERROR|CRITICAL) +[a-z][a-z -]*[a-z]( \w+=.*)?"
)


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON log."""
    return [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]


def events(lines: Sequence[dict[str, Any]], row: int) -> list[str]:
    """What happened to a row, in its order."""
    return [line["event"] for line in lines if line["row"] == row]


def send(machine: Machine, *more: str) -> Ended:
    return machine.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--concurrency", "1", *FAST, *more)


def every_log(machine: Machine) -> Iterator[str]:
    """The logs of this machine, each as it lies there."""
    found = [path for path in machine.folder.parent.rglob("*.log*") if path.is_file()]
    assert found
    return (path.read_text("utf-8") for path in found)


# ── what is in it ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_commands_beginning_and_end_are_written_down(connected: Machine) -> None:
    """With what it was and how it ended; a second command adds to the file."""
    connected.write_sheet("sheet.csv", people(2))

    send(connected, "--log-file", "run.log")
    connected.run("runs", "show", "no-such-run", "--log-file", "run.log")

    lines = (connected.folder / "run.log").read_text("utf-8").splitlines()
    assert [] == [line for line in lines if not ONE_LINE.fullmatch(line)]
    assert 'command started command="hotline-batch send"' in lines[0]
    assert any("command ended exit_code=0" in line for line in lines)
    assert "command refused kind=NoSuchRun" in lines[-1]
    assert 0o600 == (connected.folder / "run.log").stat().st_mode & 0o777


def test_plan_and_result_are_told_with_their_files(connected: Machine) -> None:
    """How the sheet was read, how much of it can be used, where the result lies."""
    (connected.folder / "sheet.csv").write_text("Kunden-ID;message\n1000001;Hello\n12a4;Bye\n", "utf-8")

    ended = send(connected, "--log-file", "run.log", "--log-format", "json")

    lines = {line["event"]: line for line in lines_of(connected.folder / "run.log")}
    planned, written = lines["sheet_planned"], lines["results_written"]
    assert 1 == ended.exit_code
    assert {"rows": 2, "to_do": 1, "invalid": 1, "skipped": 0, "delimiter": ";"}.items() <= planned.items()
    assert {"user_id": "Kunden-ID", "message": "message"} == planned["columns"]
    assert planned["run"] == lines["run_ended"]["run"] == written["run"]
    assert str(connected.folder / "out.csv") == written["path"]


def test_way_of_every_row_can_be_followed(connected: Machine, server: HostileServer) -> None:
    """Claimed, sent, answered, done: in this order, each line with its run; and what went wrong, by its code."""
    connected.write_sheet("sheet.csv", people(8))
    server.fault_for(1_000_003, named("unprocessable_422"))
    server.fault_for(1_000_005, named("half_body_applied"))
    server.fault_for(1_000_007, named("limited_seconds_1"))

    ended = send(connected, "--log-file", "run.log", "--log-format", "json", "--json")

    lines = lines_of(connected.folder / "run.log")
    way = ["row_claimed", "request_leaves", "answer_received", "row_done"]
    assert {"sent": 6, "failed": 1, "unknown": 1} == ended.counts
    assert [] == [row for row in range(2, 10) if row != 8 and events(lines, row) != way]
    assert [*way[:3], "pace_held_back", "row_postponed", *way] == events(lines, 8)
    assert {ended.summary["run"]} == {line["run"] for line in lines if line["row"]}
    done = {
        line["row"]: (line["level"], line["state"], line.get("code")) for line in lines if line["event"] == "row_done"
    }
    assert ("INFO", "succeeded", None) == done[2] == done[8]
    assert ("WARNING", "failed", "request_refused") == done[4]
    assert ("WARNING", "unknown") == done[6][:2]
    limited = next(line for line in lines if line["row"] == 8 and line["event"] == "answer_received")
    assert (429, "rate_limited", "no", 1) == tuple(
        limited[key] for key in ("http_status", "code", "delivery", "attempt")
    )


def test_stop_and_what_goes_on_later_are_told(connected: Machine, server: HostileServer) -> None:
    """Why nothing more left, in the moment of the decision, and how the run ended."""
    connected.write_sheet("sheet.csv", people(5))
    server.fault_next(named("half_body_applied"), 3)

    send(connected, "--log-file", "run.log", "--log-format", "json")

    lines = lines_of(connected.folder / "run.log")
    (stop,) = [line for line in lines if line["event"] == "run_stops"]
    (end,) = [line for line in lines if line["event"] == "run_ended"]
    assert ("ERROR", "unknown_in_a_row") == (stop["level"], stop["code"])
    assert ("WARNING", "stopped", "unknown_in_a_row") == (end["level"], end["state"], end["code"])
    assert [] == events(lines, 5) + events(lines, 6)


def test_signal_is_told(connected: Machine, server: HostileServer) -> None:
    """Where the run hears of it."""
    connected.write_sheet("sheet.csv", people(40))
    words = ("send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "4/s", "--log-file", "run.log")
    with connected.start(*words) as command:
        server.wait_until(lambda: asked(server) >= 3)
        command.signal(signal.SIGINT)
        ended = command.end()

    log = (connected.folder / "run.log").read_text("utf-8")
    assert 130 == ended.exit_code
    assert "WARNING stop requested run=" in log
    assert "WARNING run ended" in log


@pytest.mark.parametrize(("words", "command"), [(command.params, name) for name, command in commands()], ids=str)
def test_every_command_takes_the_options_of_the_log(words: Sequence[click.Parameter], command: str) -> None:
    """Also one that is added one day."""
    known = {name for parameter in words for name in parameter.opts}

    assert {"--log-file", "--log-format", "--debug"} <= known, command


# ── nothing that is secret or private ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_key_and_no_text_is_in_the_log_of_a_whole_session(machine: Machine, form: str) -> None:
    """A service that echoes whatever it got, a proxy with a password, every command, everything that debug tells."""
    secrets = [KEYS.x_api_key, KEYS.api_key, PASSWORD]
    private = ["Dear Mrs Smith", "Jürgen Müller", "+4915112345678"]
    sheet = [(user, f"{private[0]}, {private[1]} {private[2]} {number}") for number, (user, _) in enumerate(people(10))]
    machine.write_sheet("sheet.csv", sheet)
    machine.environment |= {"HOTLINE_BATCH_LOG_FILE": "all.log", "HOTLINE_BATCH_LOG_FORMAT": form}
    machine.environment |= {"HOTLINE_BATCH_DEBUG": "1", "HTTPS_PROXY": f"http://me:{PASSWORD}@127.0.0.1:9"}
    with HostileServer(credentials=KEYS) as server:
        machine.toward(server, KEYS)
        for (user, _), name in zip(sheet, ["echo_in_500", "echo_in_error_200", "echo_in_400"], strict=False):
            server.fault_for(user, named(name))
        run = send(machine, "--json").summary["run"]
        for words in (
            ["check", "sheet.csv", "--for", "send", "-v"],
            ["retry", run, "--yes"],
            ["resolve", run, "--all", "--delivered", "--note", private[0]],
            ["runs", "show", run],
            ["audit", run, "-o", "a.jsonl"],
            ["results", run, "-o", "again.xlsx"],
            ["connections", "list"],
            ["connections", "test"],
            ["doctor"],
        ):
            machine.run(*words)
        machine.environment["HOTLINE_ENDPOINT"] = "https://localhost:9/webhook"
        send(machine, "--force", "--duplicate-window", "0", "--attempts", "1")

    (log,) = every_log(machine)
    told = {words for words in ("connection tested", "connection opened", "no whole answer") if f" {words}" in log}
    assert 3 == len(told) or form == "json"
    assert 20 < len(log.splitlines())
    assert [] == [found for found in (*secrets, *private) if found in log or json.dumps(found)[1:-1] in log]


# ── tracebacks ───────────────────────────────────────────────────────────────────────────────────────────────────────


def provoked(machine: Machine, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """``runs list`` in this process, with an error of the program's own in the middle of it."""

    def fail(*_arguments: object, **_named: object) -> None:
        raise KeyError(FOREIGN_WORDS)

    monkeypatch.setattr("hotline_batch.cli.flows.runs.list_the_runs", fail)
    monkeypatch.setattr(sys, "argv", ["hotline-batch", "runs", "list", *words])
    monkeypatch.chdir(machine.folder)
    for name, value in machine.environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        run_program()
    return int(ended.value.code or 0)


def test_unexpected_error_is_only_named_without_debug(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """On the screen and in the log: its kind and its place."""
    code = provoked(machine, monkeypatch, "--log-file", "run.log")

    log, said = (machine.folder / "run.log").read_text("utf-8"), capfd.readouterr().err
    assert 4 == code
    assert "CRITICAL internal error error=KeyError place=test_journey_log.py:" in log
    assert "KeyError in test_journey_log.py" in said
    assert "Traceback" not in log + said
    assert "Mrs Smith" not in log + said


@pytest.mark.parametrize("words", [("--debug",), ("--debug", "--log-file", "run.log")])
def test_unexpected_error_is_told_with_its_traceback_by_debug(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """On the screen, and in the log if there is one; the text of the error stays out of both."""
    code = provoked(machine, monkeypatch, *words)

    said = capfd.readouterr().err
    log = (machine.folder / "run.log").read_text("utf-8") if "--log-file" in words else said
    assert 4 == code
    assert "Traceback (most recent call last):" in said
    assert "Traceback (most recent call last):" in log
    assert "in fail" in log
    assert "builtins.KeyError" in log
    assert "Mrs Smith" not in log + said
    assert KEYS.api_key not in log + said


def test_debug_without_a_file_tells_everything_on_standard_error(connected: Machine) -> None:
    """And leaves standard output to the summary."""
    connected.write_sheet("sheet.csv", people(2))

    ended = send(connected, "--debug", "--json")

    assert 0 == ended.exit_code
    assert {"sent": 2} == ended.counts
    assert "INFO    sheet planned run=" in ended.stderr


def test_without_the_options_nothing_is_written(connected: Machine) -> None:
    """Neither a file nor a line."""
    connected.write_sheet("sheet.csv", people(2))

    ended = send(connected)

    assert "INFO" not in ended.stderr
    assert ["out.csv", "sheet.csv"] == sorted(path.name for path in connected.folder.iterdir())


# ── where it is written ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("place", [".", "missing/run.log", "sheet.csv", "out.csv", "book.xlsx"])
def test_log_that_cannot_be_written_is_refused_before_anything_is_sent(
    connected: Machine, server: HostileServer, place: str
) -> None:
    """A folder, a folder that is not there, the sheet, the result, a workbook: each is left as it is."""
    sheet = connected.write_sheet("sheet.csv", people(2))
    before = sheet.read_bytes()
    (connected.folder / "book.xlsx").write_bytes(b"PK\x03\x04\0\0")

    ended = send(connected, "--log-file", place)

    assert 2 == ended.exit_code
    assert "The log file" in ended.stderr
    assert 0 == asked(server)
    assert before == sheet.read_bytes()
    assert not (connected.folder / "out.csv").exists()
    assert 6 == len((connected.folder / "book.xlsx").read_bytes())


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_log_of_somebody_else_is_refused(connected: Machine, server: HostileServer) -> None:
    connected.write_sheet("sheet.csv", people(2))
    (connected.folder / "run.log").touch(0o400)

    assert 2 == send(connected, "--log-file", "run.log").exit_code
    assert 0 == asked(server)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("form", ["text", "json"])
def test_full_disk_under_the_log_harms_nothing(connected: Machine, server: HostileServer, form: str) -> None:
    """Every row is sent once, and nobody is bothered."""
    sheet = people(30)
    connected.write_sheet("sheet.csv", sheet)

    ended = send(connected, "--log-file", "/dev/full", "--log-format", form, "--debug", "--json")

    assert (0, {"sent": 30}) == (ended.exit_code, ended.counts)
    assert 30 == len(server.applied)
    assert "Traceback" not in ended.stderr
    assert "No space" not in ended.stderr


def test_log_that_is_put_aside_is_begun_anew(connected: Machine, server: HostileServer) -> None:
    """As logrotate does it, in the middle of a run; the new file is its owner's alone, too."""
    connected.write_sheet("sheet.csv", people(40))
    log, aside = connected.folder / "run.log", connected.folder / "run.log.old"

    with connected.start(
        "send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "20/s", "--log-file", "run.log"
    ) as command:
        server.wait_until(lambda: asked(server) >= 5)
        log.rename(aside)
        ended = command.end()

    assert 0 == ended.exit_code
    assert "command started" in aside.read_text("utf-8")
    assert "command ended" in log.read_text("utf-8")
    assert 0o600 == log.stat().st_mode & 0o777


def test_flag_goes_before_the_variable_and_the_variable_before_the_file(connected: Machine) -> None:
    """-v and doctor say which it was."""
    connected.write_sheet("sheet.csv", people(1))
    (connected.folder / "hotline-batch.toml").write_text('log_file = "file.log"\nlog_format = "json"\n')
    check = ("check", "sheet.csv", "--for", "send", "-v")

    by_file = connected.run(*check).stderr
    connected.environment["HOTLINE_BATCH_LOG_FILE"] = "variable.log"
    by_variable = connected.run(*check).stderr
    by_flag = connected.run(*check, "--log-file", "flag.log", "--log-format", "text").stderr
    doctor = connected.run("doctor", "--offline", "--log-file", "doctor.log").stdout

    told = [re.findall(r"^  (log_\w+ = .*)$", said, re.MULTILINE) for said in (by_file, by_variable, by_flag)]
    file = connected.folder / "hotline-batch.toml"
    assert [
        [f"log_file = file.log ({file})", f"log_format = json ({file})"],
        ["log_file = variable.log (environment variable HOTLINE_BATCH_LOG_FILE)", f"log_format = json ({file})"],
        ["log_file = flag.log (command line)", "log_format = text (command line)"],
    ] == told
    assert "log_file = doctor.log (command line)" in doctor
    assert "doctor.log can be written" in doctor
    assert [1, 1] == [
        lines_of(connected.folder / name)[0]["command"].count("check") for name in ("file.log", "variable.log")
    ]
    assert ONE_LINE.fullmatch((connected.folder / "flag.log").read_text("utf-8").splitlines()[0])


def test_doctor_tells_a_log_that_cannot_be_written(connected: Machine) -> None:
    """It is there to say what is wrong, so it does not refuse."""
    (connected.folder / "hotline-batch.toml").write_text('log_file = "missing/run.log"\n')

    ended = connected.run("doctor", "--offline")

    assert 1 == ended.exit_code
    assert "missing/run.log cannot be written: No such file or directory" in ended.stdout


# ── watch ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def watched(machine: Machine, *more: str) -> Ended:
    words = ("watch", "inbox", "--for", "send", "--once", "--settle", "0", "--yes", *FAST)
    return machine.run(*words, *more)


def test_watch_keeps_a_log_beside_the_ledger_unasked(connected: Machine) -> None:
    """One for each folder, for its owner alone; the inbox holds none, and it tells each file's way."""
    (connected.folder / "inbox").mkdir()
    connected.write_sheet("inbox/sheet.csv", people(2))

    ended = watched(connected)
    watched(connected)

    (log,) = connected.ledger.parent.glob("watch-inbox-*.log")
    text = log.read_text("utf-8")
    of_worker = connected.ledger.with_name("worker.log").read_text("utf-8")
    assert 0 == ended.exit_code, ended.stderr
    assert 0o600 == log.stat().st_mode & 0o777
    assert [
        "file taken",
        "sheet planned",
        "results written",
        "file moved",
        "file served",
    ] == [
        event
        for event in re.findall(r"Z \w+ +(\w+ \w+)", text)
        if event.split()[0] in {"file", "sheet", "run", "results"}
    ]
    assert ["run started", "run ended"] == re.findall(r"Z \w+ +(run \w+)", of_worker)
    assert 2 == text.count("command started")
    assert ["done", "failed"] == sorted(path.name for path in (connected.folder / "inbox").glob("[!.]*"))


def test_watch_writes_elsewhere_where_it_is_told_to(connected: Machine) -> None:
    (connected.folder / "inbox").mkdir()

    watched(connected, "--log-file", "mine.log")

    assert "command started" in (connected.folder / "mine.log").read_text("utf-8")
    assert [] == list(connected.ledger.parent.glob("*.log"))


def test_watch_says_where_its_log_is_and_works_without_one(connected: Machine, server: HostileServer) -> None:
    """Nobody asked for the log, so one that cannot be written is told and no more."""
    (connected.folder / "inbox").mkdir()
    connected.write_sheet("inbox/sheet.csv", people(2))
    with connected.start("watch", "inbox", "--for", "send", "--yes", "--settle", "0", *FAST) as command:
        server.wait_until(lambda: asked(server) >= 2)
        command.signal(signal.SIGTERM)
        ended = command.end()
    (log,) = connected.ledger.parent.glob("watch-*.log")
    log.unlink()
    log.mkdir()
    connected.write_sheet("inbox/other.csv", people(2, "Another"))

    without = watched(connected)

    assert f"What it does is written into {log}." in ended.stderr
    assert "no log is kept" in without.stderr
    assert 0 == without.exit_code
    assert 4 == asked(server)


# ── several processes, and deaths ────────────────────────────────────────────────────────────────────────────────────


def test_what_a_dead_process_left_is_told_by_the_next(connected: Machine, server: HostileServer) -> None:
    """That somebody died while working on the run, how many rows were on their way, and what a second process hears."""
    connected.write_sheet("sheet.csv", people(30))
    words = ("send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "50/s", "--log-file", "run.log")
    server.fault_for(1_000_005, named("hang_applied").lasting(600.0))
    with connected.start(*words, "--timeout", "600") as command:
        server.wait_until(lambda: asked(server) >= 8)
        connected.run("resume", "--yes", "--log-file", "second.log", connected.newest_run())
        command.kill()

    connected.run("resume", "--yes", "--log-file", "resumed.log", *FAST)

    first, second, resumed = (
        (connected.folder / f"{name}.log").read_text("utf-8") for name in ("run", "second", "resumed")
    )
    assert "INFO    hold taken run=" in first
    assert "kind=RunInProgress" in second
    assert "WARNING hold was left run=" in resumed
    assert re.search(r"WARNING interrupted rows settled run=\S+ rows=[1-8] kind=send", resumed)
    assert "INFO    hold given back" in resumed


def test_database_server_that_restarts_is_told(connected: Machine, server: HostileServer, database: Database) -> None:
    """That the ledger was away, and that it is back; its password is in no line."""
    connected.with_ledger(database.url).write_sheet("sheet.csv", people(60))
    words = ("send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "20/s", "--log-file", "run.log", "--debug")
    with connected.start(*words) as command:
        server.wait_until(lambda: asked(server) >= 15)
        database.cluster.restart()
        ended = command.end()

    log = (connected.folder / "run.log").read_text("utf-8")
    assert ended.exit_code in {0, 3}, ended.stderr
    assert "INFO    ledger made" in log
    assert "WARNING commit tried again" in log or "WARNING ledger connection replaced" in log
    assert "ledger connected process=" in log
