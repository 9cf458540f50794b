"""A ledger of an earlier version is brought up to date at its first use, and loses nothing."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from hotline_batch.errors import RunInProgress
from hotline_batch.issues.words import words_of
from hotline_batch.ledger.journal.entries import Claim, Record
from hotline_batch.ledger.journal.journal import Journal
from hotline_batch.ledger.lanes.lane import LEASE_SECONDS
from hotline_batch.ledger.lanes.work import lay_out
from hotline_batch.ledger.lanes.workers import Worker
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.schema import SCHEMA_VERSION
from hotline_batch.model.jobs import Attempt, Succeeded
from hotline_batch.model.runs import Delivery, RunState
from hotline_batch.model.sheets import CellKind, TypedCell
from tests.support.engine_bench import Scripted, drive
from tests.support.ledgers.ledger_examples import (
    WALL,
    add_planned,
    add_run,
    codes,
    hold_of,
    ledger_url,
    messages,
    planned,
    records,
    states,
)
from tests.support.ledgers.older_ledgers import VERSION_3, VERSION_4

# Sentences of then were ready-made, in the column `reason` and as the fourth of each of `problems`.
PROBLEMS = (
    '[["user_id_missing", "Kunden-ID", "", "The {user} id is missing."],'
    ' ["message_blank", "", " ", "The message is empty."]]'
)
MADE_VERSION_2 = (
    *VERSION_3,
    "alter table sheet_row rename column parameters to reason",
    "update sheet_row set reason = 'No such user.', code = 'api_refused', state = 'failed' where position = 0",
    "update sheet_row set reason = '', code = '' where position = 1",
    f"update sheet_row set code = 'user_id_missing', state = 'rejected', problems = '{PROBLEMS}' where position = 2",  # noqa: S608 - ours
    "update meta set value = '2' where name = 'schema_version'",
)
MADE_OLD = (
    *VERSION_3,
    "alter table sheet_row rename column parameters to reason",
    "alter table sheet_row drop column typed",
    "drop table hold",
    "drop table topic",
    "drop table pace",
    "create table pace (name text not null primary key, next_at float not null)",
    "insert into pace values ('support', 5)",
    "update meta set value = '1' where name = 'schema_version'",
)


def old_ledger(folder: Path) -> list[object]:
    """A ledger as version 1 wrote it: its rows."""
    with Ledger(ledger_url(folder)) as ledger:
        run = add_run(ledger, "old", messages(3))
        ledger.note("old", lambda notes: replace(notes, identities={"main": "instance-1"}))
        drive(ledger, run, Scripted())
        kept: list[object] = list(records(ledger, "old"))
        with ledger.engine.begin() as connection:
            for statement in MADE_OLD:
                connection.execute(text(statement))
    locks = folder / "ledger.sqlite.locks"
    locks.mkdir()
    (locks / "old.lock").touch()
    return kept


def hold_by(worker: Worker, connection: Connection) -> None:
    """Somebody works on the run, as versions 2 and 3 told it."""
    values = {"worker": str(worker), "now": time.time()}
    connection.execute(text("insert into hold select run_key, 1, :worker, :now from run"), values)


def test_runs_of_version_1_are_as_they_were(tmp_path: Path) -> None:
    before = old_ledger(tmp_path)

    with Ledger(ledger_url(tmp_path)) as ledger:
        after = records(ledger, "old")
        with ledger.engine.connect() as connection:
            version = connection.execute(text("select value from meta")).scalar()

    assert before == after
    assert str(SCHEMA_VERSION) == version


def test_what_version_1_sent_is_not_sent_again_and_its_topics_are_known(tmp_path: Path) -> None:
    """The guard sees the old rows, and a reply of then tells whose topic is whose."""
    old_ledger(tmp_path)

    with Ledger(ledger_url(tmp_path)) as ledger:
        run = add_run(ledger, "new", messages(3))
        again = Scripted()
        drive(ledger, run, again)
        with ledger.engine.connect() as connection:
            topics = connection.execute(text("select count(*) from topic")).scalar()
        found = codes(ledger, "new")

    assert [] == again.requests
    assert ["already_sent"] * 3 == found
    assert topics == 3


@pytest.mark.parametrize("server", ["sqlite", "postgresql"])
def test_sentences_of_version_2_are_shown_as_they_were(
    request: pytest.FixtureRequest, tmp_path: Path, server: str
) -> None:
    """A ready-made sentence stays what it was; the run goes on, and new rows keep codes and parameters."""
    address = ledger_url(tmp_path) if server == "sqlite" else request.getfixturevalue("database").url
    with Ledger(address) as ledger:
        add_run(ledger, "old", messages(3))
        with ledger.engine.begin() as connection:
            for statement in MADE_VERSION_2:
                connection.exec_driver_sql(statement)

    with Ledger(address) as ledger:
        refused, fine, rejected = records(ledger, "old")
        run = ledger.run("old")
        drive(ledger, run, again := Scripted())
        with ledger.engine.connect() as connection:
            version = connection.execute(text("select value from meta")).scalar()

    assert [("api_refused", "No such user.")] == [(issue.code, words_of(issue)) for issue in refused.issues]
    assert () == fine.issues
    assert [
        ("user_id_missing", "Kunden-ID", "", "The {user} id is missing."),
        ("message_blank", "", " ", "The message is empty."),
    ] == [(issue.code, issue.column, issue.shown, words_of(issue)) for issue in rejected.issues]
    assert str(SCHEMA_VERSION) == version
    assert 1 == len(again.requests)


def test_version_2_stays_while_an_older_program_works_on_a_run(tmp_path: Path) -> None:
    """Its answers could not be kept any more, and messages that arrived would be in doubt."""
    with Ledger(ledger_url(tmp_path)) as ledger:
        add_run(ledger, "old", messages(3))
        with ledger.engine.begin() as connection:
            for statement in MADE_VERSION_2:
                connection.exec_driver_sql(statement)
            hold_by(Worker("elsewhere", 1, "1", "task"), connection)

    with pytest.raises(RunInProgress, match="An older version of hotline-batch is working on run old"):
        Ledger(ledger_url(tmp_path))
    left = sqlite3.connect(tmp_path / "ledger.sqlite")
    version = left.execute("select value from meta").fetchone()
    left.execute("update hold set heartbeat_at = heartbeat_at - ?", (LEASE_SECONDS,))
    left.commit()
    left.close()
    with Ledger(ledger_url(tmp_path)) as ledger:
        found = [words_of(record.issues[0]) for record in records(ledger, "old") if record.issues]

    assert ("2",) == version
    assert ["No such user.", "The {user} id is missing."] == found


def test_more_rows_than_a_page_come_from_version_2(tmp_path: Path) -> None:
    with Ledger(ledger_url(tmp_path)) as ledger:
        add_run(ledger, "old", messages(2_345))
        with ledger.engine.begin() as connection:
            for statement in (*VERSION_3, "alter table sheet_row rename column parameters to reason"):
                connection.exec_driver_sql(statement)
            connection.execute(text("update sheet_row set code = 'api_refused', reason = 'No ' || number"))
            connection.execute(text("update meta set value = '2' where name = 'schema_version'"))

    with Ledger(ledger_url(tmp_path)) as ledger:
        found = [words_of(record.issues[0]) for record in records(ledger, "old")]

    assert [f"No {number}" for number in range(2, 2_347)] == found


def test_files_of_locks_are_tidied(tmp_path: Path) -> None:
    old_ledger(tmp_path)

    Ledger(ledger_url(tmp_path)).close()

    assert not (tmp_path / "ledger.sqlite.locks").exists()


def test_a_renewed_ledger_keeps_what_cells_are(tmp_path: Path) -> None:
    """Rows of then are texts alone; a workbook that is planned now has its numbers, dates and links."""
    old_ledger(tmp_path)
    typed = (
        TypedCell(0, CellKind.NUMBER, 987654321.0),
        TypedCell(1, CellKind.DATE, 45939.5, "dd.mm.yyyy"),
        TypedCell(2, CellKind.TEXT, link="https://example.org/\x00\ud800"),
    )
    planned_rows = [planned(2, message) for message in messages(1)]
    new = [one._replace(row=one.row._replace(typed=typed)) for one in planned_rows]

    with Ledger(ledger_url(tmp_path)) as ledger:
        add_planned(ledger, "new", new)
        found = [record.typed for run in ("old", "new") for record in records(ledger, run)]

    assert [(), (), (), typed] == found


@pytest.mark.parametrize("server", ["sqlite", "postgresql"])
def test_an_interrupted_run_of_version_3_goes_on(request: pytest.FixtureRequest, tmp_path: Path, server: str) -> None:
    """What its process left in flight is in doubt, the rest is sent, and nothing that was sent is sent again."""
    address = ledger_url(tmp_path) if server == "sqlite" else request.getfixturevalue("database").url
    with Ledger(address) as ledger:
        run = add_run(ledger, "old", messages(3))
        ledger.change_run("old", state=RunState.RUNNING.value)
        first, second, _ = ledger.next_pending(run, "main", -1, 3)
        with Journal(ledger, "old", 0.0, lambda _news: None, held=hold_of(ledger, "old")) as journal:
            journal.tell(Claim(first, WALL))
            journal.tell(Claim(second, WALL))
        with Journal(ledger, "old", 0.0, lambda _news: None, held=hold_of(ledger, "old")) as journal:
            journal.tell(Record(first, Attempt(1, WALL, 0.1, 200, "", Delivery.YES), Succeeded("", {}, 200), WALL))
        with ledger.engine.begin() as connection:
            for statement in VERSION_3:
                connection.exec_driver_sql(statement)
            hold_by(Worker("elsewhere", 1, "1", "task"), connection)
            connection.execute(text("update hold set heartbeat_at = 0"))

    with Ledger(address) as ledger:
        found = ledger.run("old")
        with ledger.hold("old") as held:
            ledger.settle_stale(held, found, WALL)
            lay_out(ledger.engine, held, found.kind, {}, for_workers=False)
            drive(ledger, found, again := Scripted(), held=held)
        after = states(ledger, "old")

    assert found.state is RunState.INTERRUPTED
    assert ["succeeded", "unknown", "succeeded"] == after
    assert [1003] == again.users()


def test_version_3_stays_while_an_older_program_works_on_a_run(tmp_path: Path) -> None:
    with Ledger(ledger_url(tmp_path)) as ledger:
        add_run(ledger, "old", messages(3))
        with ledger.engine.begin() as connection:
            for statement in VERSION_3:
                connection.exec_driver_sql(statement)
            hold_by(Worker("elsewhere", 1, "1", "task"), connection)

    with pytest.raises(RunInProgress, match="An older version of hotline-batch is working on run old"):
        Ledger(ledger_url(tmp_path))


def test_version_4_stays_while_an_older_program_works_on_a_run(tmp_path: Path) -> None:
    """What it tries would stand in no chain, and the audit would tell of somebody who altered it."""
    path = tmp_path / "ledger.sqlite"
    with Ledger(ledger_url(tmp_path)) as ledger:
        run = add_run(ledger, "old", messages(3))
        with ledger.hold("old") as held:
            lay_out(ledger.engine, held, run.kind, {}, for_workers=False)
        with ledger.engine.begin() as connection:
            for statement in VERSION_4:
                connection.exec_driver_sql(statement)
            at_work = {"worker": str(Worker("elsewhere", 1, "1", "task")), "now": time.time()}
            connection.execute(text("update lane set worker = :worker, heartbeat_at = :now"), at_work)

    with pytest.raises(RunInProgress, match="An older version of hotline-batch is working on run old"):
        Ledger(ledger_url(tmp_path))

    with sqlite3.connect(path) as left:
        left.execute("update lane set heartbeat_at = 0")
    left.close()
    with Ledger(ledger_url(tmp_path)) as ledger:
        assert ["pending"] * 3 == states(ledger, "old")
