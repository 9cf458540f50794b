"""A ledger that an earlier version wrote guards on as the present one would."""

from __future__ import annotations

import json
import sqlite3
from hashlib import sha256

import pytest

from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import words_of
from tests.journeys_sheets.conftest import Desk
from tests.support.ledgers.older_ledgers import VERSION_3

ANNA, BOB, CLEO = 987600001, 987600002, 987600003
FIRST_VERSION = """
    alter table sheet_row rename column parameters to reason;
    alter table sheet_row drop column typed;
    drop table hold; drop table pace; drop table topic;
    create table pace (name text not null primary key, next_at float not null);
    update meta set value = '1' where name = 'schema_version';
"""


def make_older(desk: Desk, texts: dict[int, str]) -> None:
    """The tables of version 1, and the keys that it gave to the texts as they were written."""
    identity = f"{desk.server.url}#{desk.server.credentials.instance}"
    with sqlite3.connect(desk.folder.parent / "ledger.sqlite") as file:
        file.executescript("; ".join((*VERSION_3, FIRST_VERSION)))
        for user, text in texts.items():
            key = sha256(f"{len(identity)}:{identity}|send|{user}|{text}".encode()).digest()[:16]
            changed = file.execute("update sheet_row set key = ? where arguments like ?", (key, f"[{user},%"))
            assert 1 == changed.rowcount
    file.close()


@pytest.mark.parametrize("ending", ["", " ", "\u00a0"])
def test_what_an_earlier_version_sent_in_another_spelling_is_not_sent_again(desk: Desk, ending: str) -> None:
    """It knew texts by their letters; the same texts have one key from now on, in old runs, too."""
    sent = {ANNA: "Grüße ", BOB: "Hi", CLEO: "Gru\u0308ße\u200b"}
    desk.file("s.csv", "user_id,message\n" + "".join(f"{user},{text}\n" for user, text in sent.items()))
    desk.send("s.csv")
    make_older(desk, sent)
    plain = {ANNA: "Grüße", BOB: "Hi", CLEO: "Grüße"}
    desk.file("again.csv", "user_id,message\n" + "".join(f"{user},{text}{ending}\n" for user, text in plain.items()))

    said = desk.send("again.csv")

    assert 0 == said.exit_code, said.stderr
    assert ["already_sent"] * 3 == [row["hotline_error_code"] for row in desk.rows()]
    assert 3 == len(desk.applied)


def make_version_2(desk: Desk) -> None:
    """Sentences of then were ready-made."""
    with sqlite3.connect(desk.folder.parent / "ledger.sqlite") as file:
        for statement in (*VERSION_3, "alter table sheet_row rename column parameters to reason"):
            file.execute(statement)
        rows = file.execute("select run_key, position, code, reason, problems from sheet_row").fetchall()
        for run_key, position, code, reason, problems in rows:
            said = words_of(Issue(code, parameters=json.loads(reason))) if reason else ""
            told = json.loads(problems) if problems else None
            made = told and json.dumps([[*issue[:3], f"{words_of(Issue(*issue))} (of then)"] for issue in told])
            place = (said and f"{said} (of then)", made, run_key, position)
            file.execute("update sheet_row set reason = ?, problems = ? where run_key = ? and position = ?", place)
        file.execute("update meta set value = '2' where name = 'schema_version'")
    file.close()


def test_a_ledger_of_version_2_keeps_its_sentences_and_goes_on(desk: Desk) -> None:
    """The result is written again as it was; failed rows are tried again, and what was sent is not."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hi\n12a4,Hi\n{ANNA},Hi\n{BOB},\n")
    first = desk.send("s.csv")
    before = desk.rows()
    make_version_2(desk)

    written = desk.run("results", first_run(before), "-o", "again.csv")
    again = desk.send("s.csv")

    assert 0 == written.exit_code, written.stderr
    assert 1 == again.exit_code == first.exit_code, again.stderr
    for old, new in zip(before, desk.rows("again.csv"), strict=True):
        parts = [f"{part} (of then)" for part in old["hotline_error"].split("; ") if part]
        # An older ledger knows nothing more of a duplicate than its sentence.
        unknown = dict.fromkeys(("hotline_message", "hotline_service", "hotline_recipient"), "")
        kept = old | unknown if old["hotline_error_code"] == "duplicate_in_sheet" else old
        assert kept | {"hotline_error": "; ".join(parts)} == new
    assert ["already_sent", "user_id_not_a_number", "duplicate_in_sheet", "message_blank"] == [
        row["hotline_error_code"] for row in desk.rows()
    ]
    assert [(ANNA, "Hi")] == desk.applied


def first_run(rows: list[dict[str, str]]) -> str:
    return rows[0]["hotline_run"]
