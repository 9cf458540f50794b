"""Old runs are forgotten: what is asked, what is said, and what still works afterwards."""

from __future__ import annotations

import json

from openpyxl import load_workbook

from tests.support.processes.journey import FAST, Machine, asked, people
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import GROUP_ID


def test_pruned_run_says_so(connected: Machine, server: HostileServer) -> None:
    """Counts stay; a result sheet tells what is left; the same sheet is still not sent twice."""
    connected.write_sheet("sheet.csv", people(5))
    connected.run("send", "sheet.csv", "--yes", *FAST)
    run = connected.newest_run()

    refused = connected.run("runs", "prune", "--older-than", "0")
    pruned = connected.run("runs", "prune", "--older-than", "0", "--yes")
    listed = json.loads(connected.run("runs", "list", "--json").stdout)
    shown = connected.run("runs", "show", run, "--json")
    results = connected.run("results", run, "-o", "again.csv")
    again = connected.run("send", "sheet.csv", "--yes", "-o", "more.csv", "--json", *FAST)

    assert 2 == refused.exit_code
    assert "--yes" in refused.stderr
    assert 0 == pruned.exit_code, pruned.stderr
    assert "  5 rows  " in pruned.stdout
    assert (
        "Forgot 5 rows of 1 run. Counts, states, times and the guard against sending twice are kept." in pruned.stdout
    )
    assert listed[0]["pruned_at"]
    assert {"sent": 5} == shown.counts
    assert 0 == results.exit_code
    assert {("sent", "")} == {(row["hotline_status"], row["message"]) for row in connected.read("again.csv")}
    assert "were forgotten" in results.stderr
    assert {"skipped": 5} == again.counts
    assert 5 == asked(server)


def test_pruned_run_is_not_tried_again(connected: Machine, server: HostileServer) -> None:
    """Neither retry nor resume nor resolve can send what was forgotten; nothing is asked of the service."""
    connected.write_sheet("sheet.csv", people(2))
    connected.run("send", "sheet.csv", "--yes", *FAST)
    run = connected.newest_run()
    connected.run("runs", "prune", "--older-than", "0", "--yes")

    codes = [
        connected.run(*command, "--yes").exit_code
        for command in (("retry", run), ("resume", run), ("resolve", run, "--all", "--resend"))
    ]

    assert [2, 2, 2] == codes
    assert 2 == asked(server)


def test_deleted_run_is_sent_again(connected: Machine, server: HostileServer) -> None:
    """The guard forgets with the run, and the command says so before."""
    connected.write_sheet("sheet.csv", people(3))
    connected.run("send", "sheet.csv", "--yes", *FAST)
    run = connected.newest_run()

    refused = connected.run("runs", "delete", run)
    deleted = connected.run("runs", "delete", run, "--yes")
    again = connected.run("send", "sheet.csv", "--yes", "-o", "again.csv", "--json", *FAST)

    assert 2 == refused.exit_code
    assert 0 == deleted.exit_code, deleted.stderr
    assert "would be sent again" in deleted.stdout
    assert {"sent": 3} == again.counts
    assert 6 == asked(server)


def test_what_look_ups_found_is_not_told_of_a_pruned_run(connected: Machine, server: HostileServer) -> None:
    """Nobody knows any more who waits for an answer, nor what changed: that is not said to be nothing."""
    links = [f"https://t.me/c/{GROUP_ID}/{topic}" for topic in (5301, 5302, 5303)]
    (connected.folder / "topics.csv").write_text("\n".join(["topic_link", *links]), "utf-8")
    connected.run("enrich", "topics.csv", *FAST)
    run = connected.newest_run()
    connected.run("report", run, "-o", "before.html")
    connected.run("runs", "prune", "--older-than", "0", "--yes")

    reported = connected.run("report", run, "-o", "after.html")
    changed = connected.run("results", run, "--only", "changed", "-o", "changed.csv")
    results = connected.run("results", run, "-o", "again.xlsx")

    assert (0, 2, 0) == (reported.exit_code, changed.exit_code, results.exit_code), changed.stderr
    assert "and with it what changed" in changed.stderr
    before, after = ((connected.folder / name).read_text("utf-8") for name in ("before.html", "after.html"))
    for words in ("for our answer", "changed since the look-up before", "Dialogs by status"):
        assert words in before
        assert words not in after
    facts = [line[0] for line in load_workbook(connected.folder / "again.xlsx")["Summary"].values]
    assert "Outcome" in facts
    assert "Changed rows" not in facts


def test_messages_have_no_changes(connected: Machine, server: HostileServer) -> None:
    """A sheet without rows would say that none of them was sent."""
    connected.write_sheet("sheet.csv", people(2))
    connected.run("send", "sheet.csv", "--yes", *FAST)

    changed = connected.run("results", connected.newest_run(), "--only", "changed", "-o", "changed.csv")

    assert 2 == changed.exit_code
    assert "What changed is known of look-ups alone." in changed.stderr
    assert not (connected.folder / "changed.csv").exists()
