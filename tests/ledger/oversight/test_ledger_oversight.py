"""Who did what is only added, and whatever is changed behind the program's back is found."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from hotline_batch.errors import LedgerError
from hotline_batch.ledger.database.transactions import writing
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.audit_log import Action, newest_entries, record, verify
from hotline_batch.people import Person, PersonKind

ANNA = Person("anna", PersonKind.ACCOUNT)
LAST_ONE_ONCE_MORE = "select 6, at, by, by_kind, action, run, details, digest from audit_entry where number = 5"
DROP = {
    "sqlite": ("drop trigger audit_entry_is_not_updated", "drop trigger audit_entry_is_not_deleted"),
    "postgresql": ("drop trigger audit_entry_is_kept on audit_entry",),
}


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger(ledger_url) as opened:
        yield opened


def fill(ledger: Ledger, entries: int = 5) -> None:
    for number in range(entries):
        record(ledger, ANNA, Action.STARTED, f"run-{number}", rows=number)


def behind_its_back(ledger: Ledger, statement: str) -> None:
    """What somebody with the rights of the owner can do to the database."""
    with ledger.engine.begin() as connection:
        for drop in DROP[connection.dialect.name]:
            connection.execute(text(drop))
        connection.execute(text(statement))


def test_entries_are_as_they_were_written(ledger: Ledger) -> None:
    fill(ledger)

    check = verify(ledger)

    assert (5, None) == (check.entries, check.first_wrong)
    assert 64 == len(check.last_digest)
    newest = newest_entries(ledger, 2)
    assert [("run-4", {"rows": 4}), ("run-3", {"rows": 3})] == [(each.run, each.details) for each in newest]
    assert ["anna"] * 2 == [each.by for each in newest]
    assert [1] == [each.number for each in newest_entries(ledger, 9, before=2)]
    assert [3] == [each.number for each in newest_entries(ledger, 9, run="run-2")]


def test_empty_audit_is_in_order(ledger: Ledger) -> None:
    assert (0, None) == (verify(ledger).entries, verify(ledger).first_wrong)


@pytest.mark.parametrize(
    "statement",
    ["update audit_entry set by = 'ben'", "delete from audit_entry", "delete from audit_entry where number = 5"],
)
def test_database_itself_refuses_changes(ledger: Ledger, statement: str) -> None:
    fill(ledger)

    with (
        pytest.raises(LedgerError, match="only added"),
        writing(ledger.engine, "trying it") as connection,
    ):
        connection.execute(text(statement))

    assert verify(ledger).first_wrong is None


@pytest.mark.parametrize(
    ("statement", "first_wrong"),
    [
        ("update audit_entry set by = 'ben' where number = 3", 3),
        ("update audit_entry set at = at + 0.000001 where number = 2", 2),
        ("update audit_entry set run = 'run-9' where number = 1", 1),
        ("update audit_entry set action = 'stopped' where number = 5", 5),
        ("update audit_entry set details = '{\"rows\": 3}' where number = 5", 5),
        ("update audit_entry set digest = (select digest from audit_entry where number = 2) where number = 4", 4),
        ("delete from audit_entry where number = 3", 3),
        ("delete from audit_entry where number = 1", 1),
        ("delete from audit_entry where number = 5", 5),
        ("delete from audit_entry", 1),
        (f"insert into audit_entry {LAST_ONE_ONCE_MORE}", 6),
        ("update audit_head set entries = 4", 4),
        ("update audit_head set entries = 6", 6),
    ],
)
def test_what_was_changed_behind_its_back_is_found(ledger: Ledger, statement: str, first_wrong: int) -> None:
    fill(ledger)

    behind_its_back(ledger, statement)

    assert first_wrong == verify(ledger).first_wrong


def test_many_at_once_make_one_chain(ledger: Ledger) -> None:
    threads = [threading.Thread(target=fill, args=(ledger, 5)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    check = verify(ledger)

    assert (30, None) == (check.entries, check.first_wrong)
    assert list(range(30, 0, -1)) == [each.number for each in newest_entries(ledger, 99)]
