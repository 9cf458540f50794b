"""What a workbook's cells are is kept by both databases, in new ledgers and in those of version 1."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from hotline_batch.issues.issue import Issue
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import SkippedRow
from hotline_batch.model.runs import KeptLook
from hotline_batch.model.sheets import CellKind, ColumnLook, Row, SheetLook, TypedCell
from tests.ledger.test_ledger_migrations import MADE_OLD
from tests.support.ledgers.ledger_examples import add_planned, add_run, ledger_url, messages, planned, records

TYPED = (
    TypedCell(0, CellKind.NUMBER, 987654321.0),
    TypedCell(1, CellKind.DATE, 45939.5, 'dd.mm.yyyy "Uhr \\"'),
    TypedCell(2, CellKind.BOOLEAN),
    TypedCell(3, CellKind.TEXT, link="https://example.org/\x00\ud800"),
)


# SQLAlchemy leaves psycopg's server-side cursor to the end of its transaction, which closes it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("server", ["sqlite", "postgresql"])
@pytest.mark.parametrize("is_old", [False, True])
def test_cells_are_kept(request: pytest.FixtureRequest, tmp_path: Path, server: str, is_old: bool) -> None:
    """Those of rows that are sent and of rows that are not; rows of an older ledger are texts alone."""
    address = ledger_url(tmp_path) if server == "sqlite" else request.getfixturevalue("database").url
    rows = [planned(number, message) for number, message in enumerate(messages(2), 2)]
    rows = [one._replace(row=one.row._replace(typed=TYPED)) for one in rows]
    rows[1] = rows[1]._replace(decision=SkippedRow(3, Issue.worded("not_selected", "Left out.")))
    if is_old:
        with Ledger(address) as ledger:
            add_run(ledger, "old", messages(1))
            with ledger.engine.begin() as connection:
                for statement in MADE_OLD:
                    connection.execute(text(statement))

    with Ledger(address) as ledger:
        add_planned(ledger, "new", rows)
        before = [record.typed for record in records(ledger, "old")] if is_old else [()]
        after = [record.typed for record in records(ledger, "new")]

    assert ([()], [TYPED, TYPED]) == (before, after)


def test_the_look_of_a_sheet_is_kept_with_its_run(tmp_path: Path) -> None:
    titles = (Row(1, ("Title", ""), typed=TYPED[1:2]), Row(3, ("of \ud800",)))
    kept = KeptLook(5, SheetLook(titles, (ColumnLook(0, 12.5), ColumnLook(3, None, is_hidden=True))))

    with Ledger(ledger_url(tmp_path)) as ledger:
        run = add_run(ledger, "new", messages(1))
        ledger.note("new", lambda notes: replace(notes, look=kept))

        found = ledger.run("new").notes.look

    assert KeptLook() == run.notes.look
    assert kept == found
