"""The tests' own PostgreSQL server: fresh databases, restarts and deaths lose nothing that was committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.ledgers import postgresql as support
from tests.support.ledgers.postgresql import Cluster, Database


@pytest.mark.parametrize("death", ["restart", "stop_immediately", "kill"])
def test_committed_rows_outlive_every_death_of_the_server(postgresql: Cluster, database: Database, death: str) -> None:
    """Stopped, killed or restarted: it comes back on its port, with everything that was committed."""
    postgresql.tell("create table told (word text)", database.name)
    postgresql.tell("insert into told values ('kept')", database.name)
    port = postgresql.port

    getattr(postgresql, death)()
    postgresql.start()

    assert [("kept",)] == database.rows("select word from told")
    assert port == postgresql.port


def test_each_test_has_an_empty_database_of_its_own(postgresql: Cluster, database: Database) -> None:
    """Two of them share nothing, nor do their roles' settings."""
    other = postgresql.fresh_database()
    postgresql.tell("create table told (word text)", database.name)
    other.set_for_role(synchronous_commit="off")

    tables = other.rows("select count(*) from information_schema.tables where table_schema = 'public'")
    settings = postgresql.tell("select rolname, rolconfig from pg_roles where rolname like 'ledger%' order by 1")
    postgresql.drop(other)

    assert [(0,)] == tables
    assert {database.name: None, other.name: ["synchronous_commit=off"]} == dict(settings)


def test_absence_is_a_failure_where_a_server_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """CI says so, and so may anybody by name; elsewhere the tests are left out."""
    for name in support.NEEDED:
        monkeypatch.delenv(name, raising=False)
    assert not support.is_needed()

    for name in support.NEEDED:
        monkeypatch.setenv(name, "true")
        assert support.is_needed()
        monkeypatch.delenv(name)


def test_programs_are_those_on_the_path_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link, as people make them, is followed to the folder of the others."""
    programs, links = tmp_path / "programs", tmp_path / "links"
    for folder in (programs, links):
        folder.mkdir()
    for name in ("initdb", "postgres"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    (links / "initdb").symlink_to(programs / "initdb")
    monkeypatch.setenv("PATH", str(links))

    assert programs == support.find_programs()
