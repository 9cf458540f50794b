"""The relay between program and database: what it passes, swallows, holds and cuts, judged with a plain driver."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import psycopg
import pytest

from tests.support.ledgers.postgresql import Database
from tests.support.ledgers.relay import Manner, Relay


def answers(connection: psycopg.Connection[tuple[int]], seconds: float = 0.3) -> bool:
    """Whether the database answers within so long."""
    answered = threading.Event()

    def ask() -> None:
        with suppress(psycopg.Error):
            connection.execute("select 1")
            answered.set()

    threading.Thread(target=ask, daemon=True).start()
    return answered.wait(seconds)


def connect(database: Database, relay: Relay) -> psycopg.Connection[tuple[int]]:
    return psycopg.connect(database.url_at(relay.port), autocommit=True)


def test_passes_everything_on(database: Database) -> None:
    """As if nothing were between."""
    with Relay(database.cluster.port) as relay, connect(database, relay) as connection:
        assert ("x" * 100_000,) == connection.execute("select repeat('x', 100000)").fetchone()


def test_swallowed_connection_stays_open_and_silent_for_ever(database: Database) -> None:
    """Also when others pass again; the database still has the session."""
    with Relay(database.cluster.port) as relay:
        lost = connect(database, relay)
        relay.behave(Manner.SWALLOW)
        is_answered = answers(lost)
        relay.behave(Manner.PASS)
        is_answered_later = answers(lost)
        with connect(database, relay) as fresh:
            sessions = fresh.execute(
                "select count(*) from pg_stat_activity where usename = %s", [database.name]
            ).fetchone()

    assert (False, False) == (is_answered, is_answered_later)
    assert (2,) == sessions


def test_nobody_answers_a_new_connection_while_it_swallows(database: Database) -> None:
    """Not even a refusal."""
    with Relay(database.cluster.port) as relay:
        relay.behave(Manner.SWALLOW)
        with socket.create_connection(("127.0.0.1", relay.port), 0.3) as client:
            client.sendall(b"\x00\x00\x00\x08\x04\xd2\x16\x2f")  # may we speak TLS?
            with pytest.raises(TimeoutError):
                client.recv(1)


def test_what_was_held_arrives_later(database: Database) -> None:
    """A network that comes back."""
    with Relay(database.cluster.port) as relay, connect(database, relay) as connection:
        relay.behave(Manner.HOLD)
        is_answered = answers(connection)
        relay.behave(Manner.PASS)

        assert not is_answered
        assert ("later",) == connection.execute("select 'later'").fetchone()


@pytest.mark.parametrize(("heard", "expected"), [(True, [("kept",)]), (False, [])])
def test_connection_is_lost_around_a_commit(database: Database, heard: bool, expected: list[tuple[str]]) -> None:
    """Before the database hears of it, or before its answer arrives: the client cannot tell the two apart."""
    database.rows("create table told (word text)")
    database.rows(f"alter table told owner to {database.name}")
    with Relay(database.cluster.port) as relay:
        connection = psycopg.connect(database.url_at(relay.port))
        connection.execute("insert into told values ('kept')")
        happened = relay.when_said("COMMIT", Manner.HANG_UP, heard=heard)
        with pytest.raises(psycopg.OperationalError):
            connection.commit()

    assert happened.is_set()
    assert expected == database.rows("select word from told")
