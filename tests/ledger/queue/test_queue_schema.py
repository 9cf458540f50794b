"""Procrastinate's tables in the ledger's database."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import text

from hotline_batch.errors import LedgerError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.queue.schema import install
from tests.support.ledgers.postgresql import Database

_JOBS = "select count(*) from procrastinate_jobs"


def _installed(database: Database) -> list[tuple[str]]:
    return database.rows("select value from meta where name = 'queue_schema'")


def test_installed_once_however_many_begin_at_once(database: Database) -> None:
    """Several machines start on a new ledger at one moment: none fails, and the tables are there."""
    failures: list[Exception] = []

    def begin() -> None:
        try:
            with Ledger(database.url) as ledger:
                install(ledger.engine)
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == failures
    assert [(0,)] == database.rows(_JOBS)
    assert 1 == len(_installed(database))


def test_older_tables_are_brought_up_to_date(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what the library has added since is run, once."""
    with Ledger(database.url) as ledger:
        install(ledger.engine)
        newest = _installed(database)[0][0]
        (tmp_path / f"{newest}.sql").write_text("this is not run again")
        (tmp_path / "98.00.00_01_pre_more.sql").write_text("create table queue_more (name text check (name like '%a'))")
        monkeypatch.setattr(SchemaManager, "get_migrations_path", staticmethod(lambda: str(tmp_path)))

        install(ledger.engine)
        install(ledger.engine)

    assert [("98.00.00_01_pre_more",)] == _installed(database)
    assert [(0,)] == database.rows("select count(*) from queue_more")


def test_newer_tables_are_left_alone(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose library is older than the tables says so, and changes nothing."""
    with Ledger(database.url) as ledger:
        install(ledger.engine)
        before = _installed(database)
        (tmp_path / "01.00.00_01_old.sql").write_text("drop table procrastinate_jobs")
        monkeypatch.setattr(SchemaManager, "get_migrations_path", staticmethod(lambda: str(tmp_path)))

        with pytest.raises(LedgerError, match="newer version"):
            install(ledger.engine)

    assert before == _installed(database)
    assert [(0,)] == database.rows(_JOBS)


def test_strangers_tables_are_not_taken(database: Database) -> None:
    """Another program's Procrastinate in the same database: its jobs and workers are not ours to end."""
    with Ledger(database.url) as ledger:
        with ledger.engine.begin() as connection:
            connection.execute(text("create table procrastinate_jobs (id bigint)"))

        with pytest.raises(LedgerError, match="a database of its own"):
            install(ledger.engine)
