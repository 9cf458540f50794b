"""The ledger's file: durable settings, nobody else's eyes, and words for files that cannot be used."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from hotline_batch.errors import LedgerError
from hotline_batch.ledger.database import opening
from hotline_batch.ledger.journal.journal import Journal
from hotline_batch.ledger.ledger import Ledger
from tests.support.ledgers.ledger_examples import add_run, ledger_url, messages, states


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_commit_is_on_the_disk_when_it_returns(tmp_path: Path) -> None:
    """Each connection that the journal uses: a write-ahead log, synchronised in full, and foreign keys watched."""
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
        "application_id": 0x484C424C,
    }
    with Ledger(ledger_url(tmp_path)) as ledger:
        one, two = ledger.engine.raw_connection(), ledger.engine.raw_connection()

        for connection in (one, two):
            cursor = connection.cursor()
            assert expected == {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in expected}
            connection.close()


def test_one_may_be_let_go_while_another_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As happens where garbage is collected at that moment, in the thread that opens: it waits for itself never."""
    (tmp_path / "other").mkdir()
    other = Ledger(ledger_url(tmp_path / "other"))
    prepare = opening._prepare

    def prepare_late(*said: Any) -> None:
        other.close()
        prepare(*said)

    monkeypatch.setattr(opening, "_prepare", prepare_late)
    opened: list[Ledger] = []
    thread = threading.Thread(target=lambda: opened.append(Ledger(ledger_url(tmp_path))), daemon=True)

    thread.start()
    thread.join(120)

    assert 1 == len(opened)
    opened[0].close()


def test_nobody_else_may_read_any_of_its_files(tmp_path: Path) -> None:
    """Names and messages lie in the file, its log, its index and its reserve: 0600, whatever the umask."""
    before = os.umask(0)
    try:
        with Ledger(f"sqlite:///{tmp_path}/new/folder/ledger.sqlite") as ledger:
            run = add_run(ledger, "r", messages(3))
            with ledger.hold("r") as held, Journal(ledger, run.id, 0.0, lambda _news: None, held=held):
                files = {path.name: mode_of(path) for path in (tmp_path / "new/folder").rglob("*") if path.is_file()}
            folder = mode_of(tmp_path / "new/folder")
    finally:
        os.umask(before)

    names = {f"ledger.sqlite{ending}" for ending in ("", "-wal", "-shm", ".reserve")}
    assert dict.fromkeys(names, 0o600) == files
    assert folder == 0o700


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    with Ledger(f"sqlite:///{tmp_path}/a/b/c/ledger.sqlite") as ledger:
        add_run(ledger, "r", messages(1))

    assert (tmp_path / "a/b/c/ledger.sqlite").exists()


def test_what_was_stored_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    with Ledger(ledger_url(tmp_path)) as ledger:
        stored = add_run(ledger, "r", messages(3))

    with Ledger(ledger_url(tmp_path)) as ledger:
        assert stored == ledger.run("r")
        assert ["pending"] * 3 == states(ledger, "r")


def test_a_ledger_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    """Nothing is guessed from columns that this program does not know."""
    Ledger(ledger_url(tmp_path)).close()
    with sqlite3.connect(tmp_path / "ledger.sqlite") as file:
        file.execute("update meta set value = '999' where name = 'schema_version'")
    file.close()

    with pytest.raises(LedgerError, match="newer hotline-batch"):
        Ledger(ledger_url(tmp_path))


@pytest.mark.parametrize("version", ["one", ""])
def test_a_version_that_is_no_number_is_refused_in_words(tmp_path: Path, version: str) -> None:
    Ledger(ledger_url(tmp_path)).close()
    with sqlite3.connect(tmp_path / "ledger.sqlite") as file:
        file.execute("update meta set value = ? where name = 'schema_version'", (version,))
    file.close()

    with pytest.raises(LedgerError, match="not a ledger"):
        Ledger(ledger_url(tmp_path))


def test_the_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """Byte for byte: not even its journal mode changes."""
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("create table customers (name text)")
    other.close()
    before = path.read_bytes()

    with pytest.raises(LedgerError, match="not a ledger of hotline-batch"):
        Ledger(ledger_url(tmp_path))

    assert before == path.read_bytes()


@pytest.mark.parametrize(
    "content", [b"user_id;message\r\n" * 200, os.urandom(8192), b"SQLite format 3\x00" + b"x" * 900]
)
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(content)

    with pytest.raises(LedgerError, match=r"cannot be opened: it is no ledger. Mend the address"):
        Ledger(ledger_url(tmp_path))

    assert content == path.read_bytes()


def test_a_damaged_ledger_is_told_in_words(tmp_path: Path) -> None:
    """Overwritten in the middle: an error that a person can read, wherever it is met."""
    with Ledger(ledger_url(tmp_path)) as ledger:
        add_run(ledger, "r", messages(500))
    path = tmp_path / "ledger.sqlite"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)

    with (
        pytest.raises(LedgerError, match=r"ledger .*(malformed|damaged|not a database|corrupt)"),
        Ledger(ledger_url(tmp_path)) as ledger,
    ):
        list(ledger.rows("r"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
        ("no url", "cannot be read"),
        ("mysql://root:topsecret@localhost/x", "SQLite or PostgreSQL"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str, said: str) -> None:
    with pytest.raises(LedgerError, match=said) as raised:
        Ledger(url)

    assert "topsecret" not in str(raised.value)


def test_a_folder_in_place_of_the_file_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").mkdir()

    with pytest.raises(LedgerError, match="cannot be opened for writing"):
        Ledger(ledger_url(tmp_path))


def test_whoever_writes_again_gets_the_connection_it_wrote_with(tmp_path: Path) -> None:
    """Any other connection would read anew from the file what has been changed since."""
    with Ledger(ledger_url(tmp_path)) as ledger:
        with ledger.engine.connect(), ledger.engine.connect():
            pass  # from here on two of them wait to be used
        used = []
        for _ in range(3):
            with ledger.engine.begin() as connection:
                used.append(connection.connection.dbapi_connection)

    assert [used[0]] * 3 == used
