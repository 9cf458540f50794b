"""A run with mishaps is settled by the export of its group, and nothing that the export says is untrue."""

from __future__ import annotations

import csv
import json
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook

from hotline_batch.sandbox.server import Sandbox
from tests.support.ledgers.postgresql import Database
from tests.support.processes.journey import FAST, PATIENCE_SECONDS, Ended, Machine
from tests.support.processes.terminal import said_to_a_person

ROWS = 120
MISHAPS = {"lost_reply": 0.05, "closed_early": 0.03, "server_error": 0.02, "posted_twice": 0.02}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A service that loses answers, loses messages, and posts some of them twice."""
    with Sandbox(mishaps=MISHAPS, seed=5) as running:
        yield running


@pytest.fixture
def desk(machine: Machine, sandbox: Sandbox) -> Machine:
    """A machine with the sandbox's keys, and a sheet with names."""
    machine.environment |= {
        "HOTLINE_ENDPOINT": sandbox.url,
        "HOTLINE_X_API_KEY": sandbox.x_api_key,
        "HOTLINE_INSTANCE": sandbox.instance,
        "HOTLINE_API_KEY": sandbox.api_key,
    }
    with (machine.folder / "people.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("user_id", "Kundenname", "message"))
        for person in sandbox.world.people[:ROWS]:
            writer.writerow(
                (person.user_id, person.name, f"Dear {person.name}, order {person.user_id % 9973} is ready.")
            )
    return machine


@dataclass(frozen=True)
class Sent:
    """A run that came to its end, and the export of the group."""

    machine: Machine
    sandbox: Sandbox
    run: str

    def messages_of(self, row: int) -> int:
        """How often the message of a row was posted: the truth."""
        return self.sandbox.world.message_count(self.sandbox.world.people[row - 2].user_id)

    def verify(self, *options: str) -> Ended:
        return self.machine.run("verify", self.run, "--export", "result.json", *options)

    def rows(self, status: str) -> set[int]:
        return {
            int(row["hotline_row"])
            for row in self.machine.read("people.results.csv")
            if status == row["hotline_status"]
        }


@pytest.fixture
def sent(desk: Machine, sandbox: Sandbox) -> Sent:
    ended = desk.run("send", "people.csv", "--yes", "--json", "--max-errors", "90%", *FAST)
    while ended.summary["state"] != "finished":
        ended = desk.run("resume", ended.summary["run"], "--yes", "--json", *FAST)
    sandbox.export(desk.folder / "result.json")
    return Sent(desk, sandbox, ended.summary["run"])


def test_every_row_in_doubt_is_settled_and_truly(sent: Sent) -> None:
    """Of all that can be told, everything is told, and none of it is false."""
    in_doubt = sent.rows("unknown")
    assert 5 < len(in_doubt)

    ended = sent.machine.run("resolve", sent.run, "--from-export", "result.json", "--yes", "--json")

    assert 1 == ended.exit_code, ended.stderr
    assert set() == sent.rows("unknown")
    assert {row for row in in_doubt if sent.messages_of(row)} == in_doubt & sent.rows("sent")
    assert {row for row in in_doubt if not sent.messages_of(row)} == in_doubt & sent.rows("failed")


def test_what_was_posted_twice_is_listed(sent: Sent) -> None:
    """Exit 1: the export contradicts the ledger there."""
    twice = {row for row in range(2, ROWS + 2) if 2 == sent.messages_of(row)}
    assert twice

    ended = sent.verify("--json")

    found = ended.summary
    assert 1 == ended.exit_code
    assert twice == {row["row"] for row in found["contradictions"]}
    assert all(len(row["links"]) == 2 for row in found["contradictions"])
    assert found["confirmed"] == found["confirmed_found"]
    assert ROWS == found["rows"]


def test_verifying_changes_nothing(sent: Sent) -> None:
    """Neither the ledger nor the result sheet."""
    before = sent.machine.run("runs", "show", sent.run, "--json").stdout

    sent.verify()

    assert before == sent.machine.run("runs", "show", sent.run, "--json").stdout


def test_settled_row_leads_to_its_message_and_names_what_proves_it(sent: Sent) -> None:
    """The SHA-256 of the file, its newest message, the link, how many rows were found; no text of the chat."""
    there = min(row for row in sent.rows("unknown") if sent.messages_of(row))
    sent.machine.run("resolve", sent.run, "--from-export", "result.json", "--yes", "--rows", str(there))

    row = sent.machine.read("people.results.csv")[there - 2]
    link = row["hotline_topic_link"]
    sent.machine.run("audit", sent.run, "-o", "audit.jsonl")
    said = [json.loads(line) for line in (sent.machine.folder / "audit.jsonl").read_text("utf-8").splitlines()]
    note = next(line["note"] for line in said if line["event"] == "resolution")

    messages = json.loads((sent.machine.folder / "result.json").read_text("utf-8"))["chats"]["list"]
    posted = {f"https://t.me/c/{chat['id']}/{each.get('reply_to_message_id')}/{each['id']}": each for chat in messages
              for each in chat["messages"]}  # fmt: skip
    assert f"order {sent.sandbox.world.people[there - 2].user_id % 9973} is" in posted[link]["text"]
    assert link in note
    assert json.loads(sent.verify("--json").stdout)["export"]["sha256"] in note
    assert "confirmed rows found" in note
    assert "Dear" not in note


def test_workbook_has_every_row_what_needs_a_person_first(sent: Sent) -> None:
    """With names and links."""
    ended = sent.verify("-o", "proof.xlsx")

    book = load_workbook(sent.machine.folder / "proof.xlsx")
    rows = list(book["Verification"].iter_rows(values_only=True))
    assert 1 == ended.exit_code
    assert ROWS + 1 == len(rows)
    assert "there_twice" == rows[1][3]
    assert {"Export", "Verification"} == set(book.sheetnames)
    assert 2 == sent.verify("-o", "proof.xlsx").exit_code
    assert 1 == sent.verify("-o", "proof.xlsx", "--force").exit_code


def test_rows_are_told_with_what_helps_to_look(sent: Sent) -> None:
    """The person's name, the text, the minute; then the command that settles."""
    row = min(sent.rows("unknown"))

    said = sent.verify().stdout

    assert f"row {row} · {sent.sandbox.world.people[row - 2].name} · " in said
    assert f"hotline-batch resolve {sent.run} --from-export result.json" in said


def test_command_that_settles_can_be_pasted(sent: Sent) -> None:
    """Also where the folder of the export has a blank, and the ledger is another than the usual one."""
    folder = sent.machine.folder / "Telegram Desktop"
    folder.mkdir()
    (sent.machine.folder / "result.json").rename(folder / "result.json")
    ledger = ("--ledger", sent.machine.environment["HOTLINE_BATCH_LEDGER"])

    said = sent.machine.run("verify", sent.run, "--export", "Telegram Desktop/result.json", *ledger).stdout

    line = next(line for line in said.splitlines() if line.startswith("Next: hotline-batch resolve "))
    words = shlex.split(line.removeprefix("Next: hotline-batch "))
    assert ["resolve", sent.run, "--from-export", "Telegram Desktop/result.json"] == words[:4]
    assert sent.machine.environment["HOTLINE_BATCH_LEDGER"] in " ".join(words[4:])
    assert "settled as delivered" in sent.machine.run(*words, "--yes").stderr


def test_words_never_get_into_a_sheet_on_standard_output(desk: Machine, sandbox: Sandbox) -> None:
    """A run that was sent to -: settling by an export writes the sheet there, and tells its words elsewhere."""
    desk.run("send", "people.csv", "--yes", "--max-errors", "90%", "-o", "-", *FAST)
    sandbox.export(desk.folder / "result.json")

    ended = desk.run("resolve", desk.newest_run(), "--from-export", "result.json", "--yes")

    lines = list(csv.DictReader(ended.stdout.splitlines()))
    assert ROWS == len(lines)
    assert {"sent", "failed", "unknown", "not_attempted"} >= {line["hotline_status"] for line in lines}


def test_rows_in_doubt_are_told_at_the_end_of_the_run(desk: Machine, sandbox: Sandbox) -> None:
    """The last lines and the worksheet Problems: name, link as an earlier reply named it, text, minute."""
    people = sandbox.world.people[300:306]
    desk.write_sheet("before.csv", [(person.user_id, "An earlier message") for person in people])
    sandbox.faults.clear()
    earlier = desk.run("send", "before.csv", "--yes", "--json", "--max-errors", "90%", *FAST)
    known = {row["user_id"]: row["hotline_topic_link"] for row in desk.read("before.results.csv")}
    with (desk.folder / "names.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("user_id", "Kundenname"))
        writer.writerows((person.user_id, person.name) for person in people)
    sandbox.faults.lose_reply(user_id=people[2].user_id)

    ended = desk.run("send", "names.csv", "-m", "Hello again", "--yes", "-o", "out.xlsx", "--max-errors", "90%", *FAST)

    assert earlier.exit_code in {0, 3}
    link = known[str(people[2].user_id)]
    line = next(line for line in ended.stdout.splitlines() if line.startswith("  row 4"))
    assert all(part in line for part in (people[2].name, link, '"Hello again"'))
    problems = list(load_workbook(desk.folder / "out.xlsx")["Problems"].iter_rows(values_only=True))
    told = dict(zip(problems[0], next(row for row in problems if row[0] == "4"), strict=True))
    assert (people[2].name, link, "Hello again") == (
        told["Kundenname"],
        told["hotline_topic_link"],
        told["hotline_message"],
    )
    assert told["hotline_asked_at"]


def test_link_that_a_look_up_told_helps_to_look(desk: Machine, sandbox: Sandbox) -> None:
    """In the last lines and in the worksheet Problems, though no message to this person was confirmed before."""
    topic = next(topic for topic in sandbox.world.topics[310:] if topic.person is not None)
    person = topic.person
    assert person is not None
    sandbox.faults.clear()
    (desk.folder / "topics.csv").write_text(f"topic_link\n{topic.link}\n", "utf-8")
    desk.run("enrich", "topics.csv", "--yes")
    desk.write_sheet("one.csv", [(person.user_id, "Hello")])
    sandbox.faults.lose_reply(user_id=person.user_id)

    ended = desk.run("send", "one.csv", "--yes", "-o", "out.xlsx", *FAST)

    line = next(line for line in ended.stdout.splitlines() if line.startswith("  row 2"))
    problems = list(load_workbook(desk.folder / "out.xlsx")["Problems"].iter_rows(values_only=True))
    assert topic.link in line
    assert topic.link == dict(zip(*problems, strict=True))["hotline_topic_link"]


def test_named_column_is_remembered_with_the_run(desk: Machine, sandbox: Sandbox) -> None:
    """For the last lines, the worksheet Problems and whatever tells of the run later."""
    person = sandbox.world.people[320]
    sandbox.faults.clear()
    (desk.folder / "one.csv").write_text(f"user_id,Mandant,message\n{person.user_id},Ann Lee,Hello\n", "utf-8")
    sandbox.faults.lose_reply(user_id=person.user_id)

    ended = desk.run("send", "one.csv", "--name", "mandant", "--yes", "-o", "out.xlsx", *FAST)

    problems = list(load_workbook(desk.folder / "out.xlsx")["Problems"].iter_rows(values_only=True))
    sandbox.export(desk.folder / "result.json")
    assert any("Ann Lee" in line for line in ended.stdout.splitlines() if line.startswith("  row 2"))
    assert "Ann Lee" == dict(zip(*problems, strict=True))["Mandant"]
    verified = desk.run("verify", desk.newest_run(), "--export", "result.json")
    assert "row 2 · Ann Lee" in verified.stdout


def test_column_that_is_not_there_is_told_before_anything_is_sent(desk: Machine, sandbox: Sandbox) -> None:
    ended = desk.run("send", "people.csv", "--name", "Kundename", "--yes", *FAST)

    assert 2 == ended.exit_code
    assert "The sheet has no column 'Kundename' with names. Did you mean 'Kundenname'?" in ended.stderr
    assert 0 == sandbox.requests


def test_column_that_is_not_there_is_told_before_the_export_is_read(sent: Sent) -> None:
    """And before the API is asked for topics."""
    before = sent.sandbox.requests

    for command in (("verify", sent.run, "--export"), ("resolve", sent.run, "--yes", "--from-export")):
        ended = sent.machine.run(*command, "not-there.json", "--look", "--name", "Mandant")

        assert 2 == ended.exit_code
        assert "no column 'Mandant' with names" in ended.stderr
    assert before == sent.sandbox.requests


def test_export_of_another_group_is_refused(sent: Sent) -> None:
    """Exit 2, and the group that is needed is named."""
    exported = json.loads((sent.machine.folder / "result.json").read_text("utf-8"))["chats"]["list"][0]
    (sent.machine.folder / "other.json").write_text(json.dumps(exported | {"id": 7}), "utf-8")

    ended = sent.machine.run("verify", sent.run, "--export", "other.json")

    assert 2 == ended.exit_code
    assert "2101424779" in ended.stderr
    assert "'support_bot (practice)' (7)" in ended.stderr


def test_nothing_is_settled_without_a_yes(sent: Sent) -> None:
    """There is no terminal to ask on."""
    ended = sent.machine.run("resolve", sent.run, "--from-export", "result.json")

    assert 2 == ended.exit_code
    assert "--yes" in ended.stderr
    assert sent.rows("unknown")


def test_word_of_a_person_and_an_export_do_not_go_together(sent: Sent) -> None:
    """One of them says what became of the rows."""
    ended = sent.machine.run("resolve", sent.run, "--from-export", "result.json", "--delivered", "--all", "--yes")

    assert 2 == ended.exit_code


def test_look_asks_only_for_topics_that_decide(desk: Machine, sandbox: Sandbox) -> None:
    """Everybody gets one text; whose the topics of the rows in doubt are, the API is asked, at its pace."""
    sheet = [(person.user_id, "The office is closed tomorrow.") for person in sandbox.world.people[200:260]]
    desk.write_sheet("all.csv", sheet)
    ended = desk.run("send", "all.csv", "--yes", "--json", "--max-errors", "90%", *FAST)
    run = ended.summary["run"]
    while ended.summary["state"] != "finished":
        ended = desk.run("resume", run, "--yes", "--json", *FAST)
    sandbox.export(desk.folder / "result.json")
    before = sandbox.requests

    without = desk.run("verify", run, "--export", "result.json", "--json").summary
    asked = sandbox.requests - before
    found = desk.run("verify", run, "--export", "result.json", "--json", "--look").summary

    assert 0 == asked
    assert without["can_be_settled"] < without["in_doubt"] == found["can_be_settled"]
    assert found["looked_up"] <= sandbox.requests - before < 30
    again = desk.run("verify", run, "--export", "result.json", "--json").summary
    assert again["can_be_settled"] == again["in_doubt"]


def test_ledger_in_postgresql_tells_the_same(desk: Machine, sandbox: Sandbox, database: Database) -> None:
    """Its rows in doubt are settled, too."""
    desk.with_ledger(database.url)
    desk.write_sheet(
        "few.csv", [(person.user_id, f"Hello {person.user_id}") for person in sandbox.world.people[500:530]]
    )
    sandbox.faults.lose_reply(user_id=sandbox.world.people[503].user_id)
    run = desk.run("send", "few.csv", "--yes", "--json", "--max-errors", "90%", *FAST).summary["run"]
    sandbox.export(desk.folder / "result.json")

    ended = desk.run("resolve", run, "--from-export", "result.json", "--yes", "--json")

    assert ended.exit_code in {0, 1, 4}, ended.stderr
    assert not ended.summary["counts"]["unknown"]


def test_look_up_cannot_be_verified(desk: Machine, sandbox: Sandbox) -> None:
    """It has no messages."""
    (desk.folder / "topics.csv").write_text(f"topic_link\n{sandbox.world.topics[0].link}\n", "utf-8")
    desk.run("enrich", "topics.csv")
    Path(desk.folder / "result.json").write_text("{}", "utf-8")

    ended = desk.run("verify", desk.newest_run(), "--export", "result.json")

    assert 2 == ended.exit_code
    assert "looked topics up" in ended.stderr


def test_person_at_a_terminal_is_asked_about_one_row_after_the_other(desk: Machine, sandbox: Sandbox) -> None:
    """There, not there, later; the note is kept, and offered for the next row."""
    people = sandbox.world.people[400:410]
    desk.write_sheet("three.csv", [(person.user_id, "Hello") for person in people])
    sandbox.faults.clear()
    for person in (people[1], people[4], people[7]):
        sandbox.faults.lose_reply(user_id=person.user_id)
    desk.run("send", "three.csv", "--yes", "--max-errors", "90%", *FAST)
    in_doubt = [row for row in desk.read("three.results.csv") if row["hotline_status"] == "unknown"]
    asked, why = "[q]uit: ", "]: "

    said = said_to_a_person(
        [sys.executable, "-m", "hotline_batch", "resolve", desk.newest_run()],
        desk.folder,
        desk.environment,
        patience_seconds=PATIENCE_SECONDS,
        answers=[(asked, "t"), (why, "seen in the topic"), (asked, "n"), (why, ""), *[(asked, "l")] * len(in_doubt)],
    )

    now = {row["hotline_row"]: row for row in desk.read("three.results.csv")}
    first, second, *others = (now[row["hotline_row"]] for row in in_doubt)
    assert ("sent", "failed") == (first["hotline_status"], second["hotline_status"]), said
    assert "seen in the topic" in first["hotline_error"]
    assert "seen in the topic" in second["hotline_error"]
    assert {"unknown"} == {row["hotline_status"] for row in others}


def test_row_that_somebody_else_settles_meanwhile_does_not_end_the_questions(desk: Machine, sandbox: Sandbox) -> None:
    """That word stays, which is told; the next row is asked about, and its answer is kept."""
    people = sandbox.world.people[400:404]
    desk.write_sheet("four.csv", [(person.user_id, "Hello") for person in people])
    sandbox.faults.clear()
    for person in (people[1], people[2]):
        sandbox.faults.lose_reply(user_id=person.user_id)
    desk.run("send", "four.csv", "--yes", *FAST)
    run = desk.newest_run()

    def meanwhile() -> str:
        assert 3 == desk.run("resolve", run, "--delivered", "--rows", "3", "--note", "seen").exit_code
        return "not there"

    said = said_to_a_person(
        [sys.executable, "-m", "hotline_batch", "resolve", run],
        desk.folder,
        desk.environment,
        patience_seconds=PATIENCE_SECONDS,
        answers=[("[q]uit: ", "n"), ("]: ", meanwhile), ("[q]uit: ", "n"), ("]: ", "looked")],
    )

    now = {row["hotline_row"]: row["hotline_status"] for row in desk.read("four.results.csv")}
    assert {"2": "sent", "3": "sent", "4": "failed", "5": "sent"} == now, said
    assert "Row 3 is in doubt no more" in said
