"""The weekly look at all dialogs: what changed since, what need not be asked again, what stands twice in the sheet."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.support.processes.journey import FAST, PATIENCE_SECONDS, Ended, Machine, asked, statuses
from tests.support.service.faults import named
from tests.support.service.faults.topics import says_of_topic
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import GROUP_ID

TOPICS = tuple(range(5301, 5331))
CHANGED = {
    5302: ({"topic_status": "closed"}, "topic_status: user_answered -> closed"),
    5307: ({"topic_status": "snoozed"}, "topic_status: user_answered -> snoozed"),
    5311: ({"topic_title": "Jane; Doe"}, "topic_title: John Doe 5311 -> Jane; Doe"),
    5318: ({"user_phone": None}, "user_phone: +12125550123 -> (empty)"),
    5325: (
        {"topic_status": "support_answered", "mood": {"stars": 5}},
        'topic_status: user_answered -> support_answered; mood: (empty) -> {"stars":5}',
    ),
}


def sheet_of(machine: Machine, topics: Sequence[int], name: str = "topics.csv") -> Path:
    path = machine.folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("topic_link",))
        writer.writerows([f"https://t.me/c/{GROUP_ID}/{topic}"] for topic in topics)
    return path


def enrich(machine: Machine, output: str, *options: str, sheet: str = "topics.csv") -> Ended:
    return machine.run("enrich", sheet, "-o", output, "--json", *FAST, *options)


def change_five(server: HostileServer) -> None:
    for topic, (fields, _) in CHANGED.items():
        server.fault_for(f"{GROUP_ID}/{topic}", says_of_topic(fields))


def test_five_changed_topics_are_listed_and_no_other(connected: Machine, server: HostileServer) -> None:
    """Two enrichments, five topics changed in between: exactly these, old and new, in the column and the worksheet."""
    sheet_of(connected, TOPICS)
    first = enrich(connected, "one.xlsx")
    change_five(server)

    second = enrich(connected, "two.xlsx")

    assert (0, 0) == (first.exit_code, second.exit_code), second.stderr
    assert {""} == {row["hotline_changes"] for row in connected.read("one.xlsx")}
    assert {topic: said for topic, (_, said) in CHANGED.items()} == {
        int(row["hotline_topic_id"]): row["hotline_changes"]
        for row in connected.read("two.xlsx")
        if row["hotline_changes"]
    }
    book = load_workbook(connected.folder / "two.xlsx")
    assert ["Results", "Summary", "Problems", "Changes"] == book.sheetnames
    lines = list(book["Changes"].iter_rows(values_only=True, min_row=2))
    assert 6 == len(lines)
    assert ("3", f"https://t.me/c/{GROUP_ID}/5302", "John Doe 5302", "topic_status", "user_answered", "closed") == (
        lines[0][:6]
    )
    assert {first.summary["run"]} == {line[7] for line in lines}
    assert {"user_answered": 24, "support_answered": 4, "closed": 1, "snoozed": 1} == second.summary["topic_statuses"]


@pytest.mark.parametrize("output", ["two.csv", "two.xlsx", "-"])
def test_how_many_dialogs_changed_is_told(connected: Machine, server: HostileServer, output: str) -> None:
    """By the closing lines, for machines, and whenever the run is shown later, whatever the result was written to."""
    sheet_of(connected, TOPICS)
    first = enrich(connected, "one.csv")
    change_five(server)

    as_json = [] if output == "-" else ["--json"]
    second = connected.run("enrich", "topics.csv", "-o", output, *as_json, *FAST)

    shown = connected.run("runs", "show", connected.newest_run(), "--json")
    assert 0 == first.summary["changed"]
    assert "Changed" not in first.stderr
    assert "Changed since the look-up before: 5 rows." in second.stderr
    assert 5 == shown.summary["changed"]
    assert output == "-" or 5 == second.summary["changed"]


def test_only_changed_writes_the_changed_rows_and_counts_all(connected: Machine, server: HostileServer) -> None:
    """The sheet holds five rows; the counts are those of all; 'results' gives every row back."""
    sheet_of(connected, TOPICS)
    enrich(connected, "one.csv")
    change_five(server)

    ended = enrich(connected, "two.csv", "--only", "changed")
    again = connected.run("results", ended.summary["run"], "-o", "all.csv")

    assert (0, 0) == (ended.exit_code, again.exit_code), ended.stderr
    assert list(map(str, CHANGED)) == [row["hotline_topic_id"] for row in connected.read("two.csv")]
    assert {"enriched": 30} == ended.counts
    assert (25, 5) == (ended.summary["left_out"], ended.summary["changed"])
    assert "25 rows without a change" in ended.stderr
    assert 30 == len(connected.read("all.csv"))


def test_field_that_no_answer_holds_any_more_is_empty(connected: Machine, server: HostileServer) -> None:
    """In its column, as the change says; a column of a person's own is none of ours, whatever its name begins with."""
    sheet_of(connected, TOPICS[:2])
    server.fault_for(f"{GROUP_ID}/{TOPICS[0]}", says_of_topic({"mood": "glad"}))
    enrich(connected, "one.csv")
    lines = (connected.folder / "one.csv").read_text("utf-8-sig").splitlines()
    noted = [lines[0] + ",hotline_note", *(f"{line},mine" for line in lines[1:])]
    (connected.folder / "noted.csv").write_text("\n".join(noted) + "\n", "utf-8")

    second = enrich(connected, "two.csv", "--map", "topic_link=topic_link", sheet="noted.csv")

    rows = connected.read("two.csv")
    assert 0 == second.exit_code, second.stderr
    assert ["glad", ""] == [row["hotline_mood"] for row in connected.read("one.csv")]
    assert ["", ""] == [row["hotline_mood"] for row in rows]
    assert ["mood: glad -> (empty)", ""] == [row["hotline_changes"] for row in rows]
    assert ["mine", "mine"] == [row["hotline_note"] for row in rows]


def test_young_answers_are_used_again_without_a_request(connected: Machine, server: HostileServer) -> None:
    """Within --max-age only topics that are new are asked; the answers keep their own time, so they do grow old."""
    sheet_of(connected, TOPICS[:10])
    enrich(connected, "one.csv")
    sheet_of(connected, TOPICS[:12], "more.csv")

    second = enrich(connected, "two.csv", "--max-age", "1d", sheet="more.csv")
    third = enrich(connected, "three.csv", "--max-age", "0", sheet="more.csv")

    one, two = connected.read("one.csv"), connected.read("two.csv")
    assert (0, 0) == (second.exit_code, third.exit_code), second.stderr
    assert {"enriched": 12} == second.counts
    assert {"reused_answer": 10} == second.summary["codes"]
    assert [row["hotline_finished_at"] for row in one] == [row["hotline_finished_at"] for row in two[:10]]
    assert [row["hotline_user_name"] for row in one] == [row["hotline_user_name"] for row in two[:10]]
    assert ["0"] * 10 + ["1"] * 2 == [row["hotline_attempts"] for row in two]
    assert {} == third.summary["codes"]
    assert 10 + 2 + 12 == asked(server)


def test_topic_in_several_rows_is_asked_once(connected: Machine, server: HostileServer) -> None:
    """The other rows get the same answer, or the same refusal, and the counts are those of all rows."""
    refused, found = TOPICS[0], TOPICS[1]
    server.fault_for(f"{GROUP_ID}/{refused}", named("error_in_200"))
    sheet_of(connected, [found, refused, found, refused, *TOPICS[2:6], found])

    ended = enrich(connected, "out.csv")

    rows = connected.read("out.csv")
    assert {"enriched": 7, "failed": 2} == ended.counts
    assert ["failed", "failed"] == [rows[1]["hotline_status"], rows[3]["hotline_status"]]
    assert rows[1]["hotline_error"] == rows[3]["hotline_error"] != ""
    assert {f"John Doe {found}"} == {rows[at]["hotline_user_name"] for at in (0, 2, 8)}
    assert ["1", "0", "0"] == [rows[at]["hotline_attempts"] for at in (0, 2, 8)]
    assert 6 == asked(server)


def test_retry_of_repeated_topics_asks_once_more(connected: Machine, server: HostileServer) -> None:
    """A refused topic that stands in three rows is asked once again, and all three rows are well."""
    server.fault_for(f"{GROUP_ID}/{TOPICS[0]}", named("error_in_200"))
    sheet_of(connected, [TOPICS[0]] * 3)
    first = enrich(connected, "out.csv")

    second = connected.run("retry", first.summary["run"], "--json", *FAST)

    assert {"failed": 3} == first.counts
    assert {"enriched": 3} == second.counts
    assert 2 == asked(server)


def test_killed_run_asks_each_repeated_topic_once_when_it_goes_on(connected: Machine, server: HostileServer) -> None:
    """Killed while the first row of a topic is on its way: the rows that wait for it get its answer after a resume."""
    server.fault_for(f"{GROUP_ID}/{TOPICS[1]}", named("hang_not_applied").lasting(60.0))
    sheet_of(connected, [TOPICS[0], TOPICS[1], TOPICS[0], TOPICS[1], TOPICS[1]])
    with connected.start("enrich", "topics.csv", "-o", "out.csv", *FAST) as command:
        assert server.truth.wait_until(lambda: asked(server) == 2, PATIENCE_SECONDS)
        command.kill()

    before = connected.run("results", connected.newest_run(), "-o", "before.csv")
    ended = connected.run("resume", "--json", *FAST)

    assert 0 == before.exit_code, before.stderr
    assert "enriched" not in statuses(connected.read("before.csv"))[3:]
    assert {"enriched": 5} == ended.counts, ended.stderr
    assert 3 == asked(server)
