"""PostgreSQL cannot be used: the program says what, where and what to do, and never advises a second ledger."""

from __future__ import annotations

import pytest

from tests.support.ledgers.postgresql import Cluster, Database
from tests.support.processes.journey import Machine

NO_WORDS = ("Traceback", "disk", "psycopg", "sqlalchemy", "secret-word")
# Who follows it while the ledger holds a run sends that run's messages again.
SECOND_LEDGER = "--ledger"


def refused(machine: Machine, url: str) -> str:
    """What the program says where the ledger cannot be used."""
    ended = machine.with_ledger(url).run("runs", "list")
    assert 2 == ended.exit_code, ended
    assert "" == ended.stdout
    assert [] == [word for word in NO_WORDS if word in ended.stderr], ended.stderr
    return ended.stderr


def test_no_server(machine: Machine, postgresql: Cluster, database: Database) -> None:
    """Stopped, or another port."""
    postgresql.stop_immediately()

    said = refused(machine, database.url)

    assert str(postgresql.port) in said
    assert SECOND_LEDGER not in said


@pytest.mark.parametrize("named", ["role", "database"])
def test_role_or_database_that_is_not_there(machine: Machine, database: Database, named: str) -> None:
    """The server's own words name it."""
    role, name = (database.name, "nowhere") if named == "database" else ("nobody_known", database.name)

    said = refused(machine, f"postgresql://{role}:secret-word@127.0.0.1:{database.cluster.port}/{name}")

    assert ("nowhere" if named == "database" else "nobody_known") in said


def test_database_that_only_reads(machine: Machine, database: Database) -> None:
    """As a standby, or a role for reports."""
    database.set_for_role(default_transaction_read_only="on")

    said = refused(machine, database.url)

    assert "read-only" in said
    assert SECOND_LEDGER not in said


def test_role_without_rights(machine: Machine, database: Database) -> None:
    """It may connect, and may make no table."""
    database.cluster.tell("create role onlooker login")
    try:
        said = refused(machine, f"postgresql://onlooker@127.0.0.1:{database.cluster.port}/{database.name}")
    finally:
        database.cluster.tell("drop role onlooker")

    assert "may not" in said


def test_database_of_somebody_else(machine: Machine, database: Database) -> None:
    """Tables that are no ledger's are left alone."""
    database.cluster.tell("create table customers (name text)", database.name)

    said = refused(machine, database.url)

    assert database.name in said
    assert [("customers",)] == database.rows("select tablename from pg_tables where schemaname = 'public'")


def test_no_room_for_another_connection(machine: Machine, database: Database) -> None:
    """Too many already."""
    database.cluster.tell(f"alter role {database.name} connection limit 0")

    said = refused(machine, database.url)

    assert "too many connections" in said
    assert SECOND_LEDGER not in said
