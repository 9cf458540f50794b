"""After the run: rows in doubt are settled by a person, failed rows are tried again, and every attempt can be read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

import pytest

from tests.support.processes.journey import FAST, Ended, Machine, asked, lies, people, statuses
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

SHEET = people(8)
DOUBTFUL = SHEET[2]
REFUSED = SHEET[5]


@pytest.fixture
def doubtful(connected: Machine, server: HostileServer) -> Machine:
    """A finished run: row 4 may have been delivered (and was), row 7 was refused, all others are sent."""
    connected.write_sheet("sheet.csv", SHEET)
    server.fault_for(DOUBTFUL[0], named("close_unanswered_applied"))
    server.fault_for(REFUSED[0], named("error_in_200"))
    ended = connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--json", *FAST)
    assert (3, {"sent": 6, "failed": 1, "unknown": 1}) == (ended.exit_code, ended.counts), ended.stderr
    return connected


def go_on(machine: Machine, command: str, *options: str) -> Ended:
    return machine.run(command, machine.newest_run(), "--yes", "--json", *options)


def test_retry_tries_failed_rows_only(doubtful: Machine, server: HostileServer) -> None:
    """The refused row is sent; the row in doubt stays as it is."""
    ended = go_on(doubtful, "retry", *FAST)

    assert 3 == ended.exit_code, ended.stderr
    assert {"sent": 7, "unknown": 1} == ended.counts
    assert [REFUSED[1]] == server.applied_for(REFUSED[0])
    assert 9 == asked(server)
    assert [] == lies(doubtful.read("out.csv"), server, SHEET, most_unknown=1)


@pytest.mark.parametrize("rows", [["--rows", "4"], ["--all"]])
def test_person_says_delivered(doubtful: Machine, server: HostileServer, rows: Sequence[str]) -> None:
    """The row counts as sent from now on, and nothing is sent."""
    ended = go_on(doubtful, "resolve", "--delivered", *rows, "--note", "seen in the topic")

    assert 1 == ended.exit_code, ended.stderr
    assert {"sent": 7, "failed": 1} == ended.counts
    assert 8 == asked(server)
    assert "sent" == statuses(doubtful.read("out.csv"))[2]


def test_person_says_not_delivered(doubtful: Machine, server: HostileServer) -> None:
    """The row counts as failed, so that retry may send it."""
    ended = go_on(doubtful, "resolve", "--not-delivered", "--rows", "4", "--note", "not in the topic")

    assert 1 == ended.exit_code, ended.stderr
    assert {"sent": 6, "failed": 2} == ended.counts
    assert 8 == asked(server)


def test_person_asks_for_a_second_copy(doubtful: Machine, server: HostileServer) -> None:
    """--resend sends that row, and that row alone."""
    ended = go_on(doubtful, "resolve", "--resend", "--rows", "4", "--note", "better twice than never", *FAST)

    assert 1 == ended.exit_code, ended.stderr
    assert {"sent": 7, "failed": 1} == ended.counts
    assert {DOUBTFUL: 2} == server.duplicates()
    assert 9 == asked(server)


def test_who_asks_for_a_second_copy_is_told_what_goes_besides(connected: Machine, server: HostileServer) -> None:
    """A canary in doubt stopped the run; sending it again goes on with the others, which is said before."""
    connected.write_sheet("sheet.csv", SHEET)
    server.fault_for(SHEET[0][0], named("close_unanswered_applied"))
    connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--canary", "1", *FAST)

    asked_first = connected.run("resolve", connected.newest_run(), "--resend", "--rows", "2")
    ended = go_on(connected, "resolve", "--resend", "--rows", "2", *FAST)

    assert 2 == asked_first.exit_code
    assert f"{len(SHEET) - 1} rows still to go: sent, too." in ended.stderr
    assert {SHEET[0]: 2} == server.duplicates()
    assert {"sent": len(SHEET)} == ended.counts


def test_a_second_copy_that_another_run_has_sent_meanwhile_is_told_as_that(
    doubtful: Machine, server: HostileServer
) -> None:
    """It is not sent once more; the row names the run that did, and nobody is sent there to settle anything."""
    first = doubtful.newest_run()
    doubtful.write_sheet("again.csv", [DOUBTFUL])
    server.heal()
    doubtful.run("send", "again.csv", "--yes", "-o", "again.out.csv", "--duplicate-window", "0", *FAST)
    second = doubtful.newest_run()
    requests = asked(server)

    ended = doubtful.run("resolve", first, "--resend", "--rows", "4", "--yes", "-o", "now.csv", *FAST)

    row = doubtful.read("now.csv")[2]
    assert requests == asked(server), ended.stderr
    assert ("unknown", "already_sent", "unknown") == tuple(
        row[f"hotline_{name}"] for name in ("status", "error_code", "delivered")
    )
    assert second in row["hotline_error"]
    assert "an earlier run may have sent were left out" not in ended.stdout


def test_row_that_is_not_in_doubt_cannot_be_settled(doubtful: Machine, server: HostileServer) -> None:
    """Exit 2: row 3 was sent, and no word of a person changes that."""
    ended = go_on(doubtful, "resolve", "--resend", "--rows", "3", *FAST)

    assert 2 == ended.exit_code, ended.stderr
    assert "Traceback" not in ended.stderr
    assert 8 == asked(server)


def test_audit_holds_every_attempt_and_no_key(doubtful: Machine, server: HostileServer) -> None:
    """One JSON object a line, as many as there were requests."""
    ended = doubtful.run("audit", doubtful.newest_run(), "-o", "audit.jsonl")

    text = (doubtful.folder / "audit.jsonl").read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert 0 == ended.exit_code, ended.stderr
    assert asked(server) == len(lines)
    assert Credentials().x_api_key not in text
    assert Credentials().api_key not in text


def test_audit_file_with_one_changed_byte_is_found(doubtful: Machine) -> None:
    """The file is checked by itself and beside the ledger; so is the ledger, and a file that is cut off."""
    run = doubtful.newest_run()
    go_on(doubtful, "resolve", "--delivered", "--rows", "4", "--note", "seen by Frau Ä.")
    doubtful.run("audit", run, "-o", "audit.jsonl")
    written = doubtful.folder / "audit.jsonl"
    content = written.read_bytes()

    well = [doubtful.run("audit", *asked_for) for asked_for in ((run, "--verify"), ("--verify", "audit.jsonl"))]
    at = content.index(b"api_refused")
    written.write_bytes(content[:at] + b"A" + content[at + 1 :])
    changed = doubtful.run("audit", run, "audit.jsonl", "--verify", "--json")
    written.write_bytes(b"".join(content.splitlines(keepends=True)[:-1]))
    cut_off = doubtful.run("audit", "--verify", "audit.jsonl")

    assert [0, 0] == [each.exit_code for each in well], well[0].stderr + well[1].stderr
    assert "all 9 entries are as they were written" in well[0].stdout
    assert "all 9 lines are as they were written, and as the ledger has them" in well[1].stdout
    assert (1, 1) == (changed.exit_code, cut_off.exit_code), changed.stderr + cut_off.stderr
    assert json.loads(changed.stdout)["first_wrong"] == content[:at].count(b"\n") + 1
    assert "line 9 is not as it was written, or is missing" in cut_off.stdout


def test_ledger_that_was_changed_is_found(doubtful: Machine) -> None:
    """Somebody with a database tool makes a refused row look as if nothing had been wrong with it."""
    with sqlite3.connect(doubtful.ledger) as ledger:
        ledger.execute("update attempt set error_code = '' where error_code = 'api_refused'")
    ledger.close()

    ended = doubtful.run("audit", doubtful.newest_run(), "--verify")

    assert 1 == ended.exit_code, ended.stderr
    assert "row 7" in ended.stdout


def test_canary_goes_first(connected: Machine, server: HostileServer) -> None:
    """A canary that is well lets the rest go; its rows come first."""
    connected.write_sheet("sheet.csv", SHEET)

    ended = connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--canary", "2", *FAST)

    assert 0 == ended.exit_code, ended.stderr
    assert set(SHEET[:2]) == {(event.user_id, event.message) for event in server.applied[:2]}
    assert [] == lies(connected.read("out.csv"), server, SHEET, most_unknown=0)


def test_sheets_are_not_mingled_on_standard_output(connected: Machine, server: HostileServer) -> None:
    """What would write its sheet twice is refused beforehand where standard output is to take it."""
    connected.write_sheet("sheet.csv", SHEET)
    server.fault_for(SHEET[0][0], named("close_unanswered_applied"))
    canary = connected.run("send", "sheet.csv", "--yes", "-o", "-", "--canary", "2")
    before = asked(server)
    first = connected.run("send", "sheet.csv", "--yes", "-o", "-", *FAST)

    resend = connected.run("resolve", connected.newest_run(), "--resend", "--all", "--yes")

    assert (2, 3, 2) == (canary.exit_code, first.exit_code, resend.exit_code), resend.stderr
    assert ("", "") == (canary.stdout, resend.stdout)
    assert (0, 8) == (before, asked(server))


def test_sick_canary_stops_the_run(connected: Machine, server: HostileServer) -> None:
    """Nobody else gets a message where one of the first rows failed; the summary says how to go on."""
    connected.write_sheet("sheet.csv", SHEET)
    server.fault_for(SHEET[1][0], named("error_in_200"))

    ended = connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--canary", "2", "--json", *FAST)

    assert 4 == ended.exit_code, ended.stderr
    assert {"sent": 1, "failed": 1, "not_attempted": 6} == ended.counts
    assert 2 == asked(server)
