"""The same people once more: who has the message already does not get it twice, unless a person asks for it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from tests.support.processes.journey import FAST, Ended, Machine, asked, people, statuses
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer

SHEET = people(12)


def send(machine: Machine, name: str, output: str, *options: str) -> Ended:
    return machine.run("send", name, "--yes", "-o", output, "--json", *FAST, *options)


def test_same_sheet_twice(connected: Machine, server: HostileServer) -> None:
    """The second run skips every row as already sent, without a request, and says which run sent them."""
    connected.write_sheet("sheet.csv", SHEET)
    first = send(connected, "sheet.csv", "one.csv")

    second = send(connected, "sheet.csv", "two.csv")

    rows = connected.read("two.csv")
    assert (0, 0) == (first.exit_code, second.exit_code), second.stderr
    assert {"skipped": 12} == second.counts
    assert {"already_sent": 12} == second.summary["codes"]
    assert {("skipped", "already_sent", "yes")} == {
        (row["hotline_status"], row["hotline_error_code"], row["hotline_delivered"]) for row in rows
    }
    assert first.summary["run"] in second.stderr
    assert 12 == asked(server)


def test_edited_sheet_sends_only_what_is_new(connected: Machine, server: HostileServer) -> None:
    """A changed text is a new message; an inserted row is one too; the rest stays as it is."""
    connected.write_sheet("sheet.csv", SHEET)
    send(connected, "sheet.csv", "one.csv")
    edited = [*SHEET[:3], (SHEET[3][0], "Another text"), (1_999_999, "Somebody new"), *SHEET[4:]]
    connected.write_sheet("sheet.csv", edited)

    ended = send(connected, "sheet.csv", "two.csv")

    assert 0 == ended.exit_code, ended.stderr
    assert ["skipped"] * 3 + ["sent"] * 2 + ["skipped"] * 8 == statuses(connected.read("two.csv"))
    assert edited[3:5] == [(event.user_id, event.message) for event in server.applied[12:]]


def test_sheet_sorted_another_way_sends_nothing(connected: Machine, server: HostileServer) -> None:
    """Rows are known by what they say, not by where they stand."""
    connected.write_sheet("sheet.csv", SHEET)
    send(connected, "sheet.csv", "one.csv")
    connected.write_sheet("sorted.csv", sorted(SHEET, reverse=True))

    ended = send(connected, "sorted.csv", "two.csv")

    assert {"skipped": 12} == ended.counts
    assert 12 == asked(server)


def test_window_of_zero_sends_again(connected: Machine, server: HostileServer) -> None:
    """A person who asks for it gets it."""
    connected.write_sheet("sheet.csv", SHEET)
    send(connected, "sheet.csv", "one.csv")

    ended = send(connected, "sheet.csv", "two.csv", "--duplicate-window", "0")

    assert {"sent": 12} == ended.counts
    assert {2} == set(server.duplicates().values())


@pytest.mark.parametrize(("days", "counts"), [(1, {"skipped": 12}), (30, {"sent": 12})], ids=["yesterday", "a month"])
def test_sheet_whose_run_took_days_is_not_sent_again_when_it_has_ended(
    connected: Machine, server: HostileServer, days: int, counts: dict[str, int]
) -> None:
    """The window goes by the end of that run: rows of its first day are as safe as those of its last one."""
    connected.write_sheet("sheet.csv", SHEET)
    first = send(connected, "sheet.csv", "one.csv")
    with closing(sqlite3.connect(connected.ledger)) as ledger, ledger:
        ledger.execute(
            "update sheet_row set claimed_at = claimed_at - 40 * 86400, finished_at = finished_at - 40 * 86400"
        )
        ledger.execute("update run set finished_at = finished_at - ? * 86400 + 7200", [days])

    checked = connected.run("check", "sheet.csv", "--for", "send")
    ended = send(connected, "sheet.csv", "two.csv")

    assert counts == ended.counts, ended.stderr
    assert (str(first.summary["run"]) in checked.stdout + checked.stderr) == ("skipped" in counts), checked.stdout


def test_what_a_run_sent_that_was_killed_and_settled_is_not_sent_again(
    connected: Machine, server: HostileServer
) -> None:
    """A person settles what was on its way; nobody else ever said that the run had ended, whose first rows are old."""
    connected.write_sheet("sheet.csv", SHEET)
    with connected.start("send", "sheet.csv", "--yes", "-o", "one.csv", "--rate", "20/s") as sending:
        server.wait_until(lambda: asked(server) >= 6)
        sending.kill()
    (run,) = connected.runs()
    connected.run("resolve", run["run"], "--all", "--delivered")
    with closing(sqlite3.connect(connected.ledger)) as ledger, ledger:
        ledger.execute("update sheet_row set claimed_at = claimed_at - 3 * 86400")
    before = {event.user_id for event in server.applied}

    ended = send(connected, "sheet.csv", "two.csv")

    assert 0 == ended.exit_code, ended.stderr
    assert len(before) >= 6
    assert {} == server.duplicates()


@pytest.mark.parametrize("command", ["resume", "retry"])
def test_going_on_with_nothing_to_do_makes_no_old_message_new(
    connected: Machine, server: HostileServer, command: str
) -> None:
    """A run of last month ended then, also where somebody asks for more of it today: this month's sheet is sent."""
    connected.write_sheet("sheet.csv", SHEET)
    run = str(send(connected, "sheet.csv", "one.csv").summary["run"])
    with closing(sqlite3.connect(connected.ledger)) as ledger, ledger:
        ledger.execute("update sheet_row set claimed_at = claimed_at - 40 * 86400")
        ledger.execute("update run set finished_at = finished_at - 40 * 86400")

    connected.run(command, run, "--yes")
    ended = send(connected, "sheet.csv", "two.csv")

    assert {"sent": 12} == ended.counts, ended.stderr
    assert 24 == asked(server)


def test_row_in_doubt_is_not_sent_by_the_next_run(connected: Machine, server: HostileServer) -> None:
    """What may have been delivered yesterday is skipped today, with a code of its own."""
    connected.write_sheet("sheet.csv", SHEET)
    server.fault_for(SHEET[5][0], named("close_unanswered_applied"))
    first = send(connected, "sheet.csv", "one.csv")

    second = send(connected, "sheet.csv", "two.csv")

    assert (3, {"sent": 11, "unknown": 1}) == (first.exit_code, first.counts)
    assert (0, {"skipped": 12}) == (second.exit_code, second.counts)
    assert {"already_sent": 11, "possibly_sent": 1} == second.summary["codes"]
    assert {} == server.duplicates()


def test_finished_run_has_nothing_to_resume(connected: Machine, server: HostileServer) -> None:
    """Exit 2 with words, and no request; naming the run writes its sheet again."""
    connected.write_sheet("sheet.csv", SHEET)
    run = send(connected, "sheet.csv", "one.csv").summary["run"]

    nameless = connected.run("resume", "--yes")
    named_run = connected.run("resume", str(run), "--yes", "--json")

    assert 2 == nameless.exit_code
    assert "no unfinished run" in nameless.stderr
    assert 0 == named_run.exit_code, named_run.stderr
    assert {"sent": 12} == {key: count for key, count in json.loads(named_run.stdout)["counts"].items() if count}
    assert 12 == asked(server)


def test_changed_connection_is_not_resumed(connected: Machine, server: HostileServer) -> None:
    """A run belongs to the instance it was planned for: another one is refused with exit 2 and no request."""
    server.go_down()
    connected.write_sheet("sheet.csv", SHEET)
    stopped = send(connected, "sheet.csv", "one.csv", "--attempts", "1", "--max-errors", "1")
    server.come_back()
    connected.environment["HOTLINE_INSTANCE"] = "777"

    resumed = connected.run("resume", "--yes")

    assert 4 == stopped.exit_code, stopped.stderr
    assert 2 == resumed.exit_code
    assert "instance" in resumed.stderr
    assert 0 == asked(server)


def test_run_that_never_started_is_not_found_later(machine: Machine, server: HostileServer) -> None:
    """A send that ended with exit 2 did nothing, and leaves nothing that a later resume would send."""
    machine.toward(server).write_sheet("sheet.csv", SHEET)
    keys = machine.environment
    (machine.folder / "hotline-batch.toml").write_text(
        f'x_api_key = "env:HOTLINE_X_API_KEY"\n[connections.desk]\ninstance = "{keys["HOTLINE_INSTANCE"]}"\n'
        'api_key = "env:DESK_KEY"\n'
    )
    refused = send(machine, "sheet.csv", "one.csv")
    keys["DESK_KEY"] = keys["HOTLINE_API_KEY"]
    sent = send(machine, "sheet.csv", "two.csv", "--duplicate-window", "0")

    resumed = machine.run("resume", "--yes", *FAST)

    assert (2, 0, 2) == (refused.exit_code, sent.exit_code, resumed.exit_code), refused.stderr
    assert "connections.desk.api_key: the environment variable that it names is not set" in refused.stderr
    assert 12 == asked(server)
    assert {} == server.duplicates()


def test_what_others_sent_since_a_run_was_planned_is_not_sent_by_it(connected: Machine, server: HostileServer) -> None:
    """However long ago that is: the run goes on with what is still to be sent, and with nothing else."""
    connected.write_sheet("sheet.csv", SHEET)
    server.fault_for(SHEET[3][0], named("error_in_200"))
    stopped = send(connected, "sheet.csv", "one.csv", "--max-errors", "1", "--concurrency", "1")
    other = send(connected, "sheet.csv", "two.csv")
    with sqlite3.connect(connected.ledger) as ledger:
        ledger.execute("update run set created_at = created_at - 90000")
        ledger.execute("update sheet_row set claimed_at = claimed_at - 90000")
    ledger.close()

    resumed = connected.run("resume", stopped.summary["run"], "--yes", "--json", *FAST)

    assert (4, 0) == (stopped.exit_code, other.exit_code), other.stderr
    assert {"sent": 3, "failed": 1, "skipped": 8} == resumed.counts
    assert {} == server.duplicates()
