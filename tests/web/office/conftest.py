"""An office with four people, served on a ledger in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from hotline_batch.application.office import passwords
from hotline_batch.people import Role
from tests.support.office_server import OfficeServer
from tests.support.postgresql import Database


@pytest.fixture
def office_machine(fresh_machine: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folders, and an empty database for the ledger."""
    monkeypatch.setenv("HOTLINE_BATCH_LEDGER", database.url)
    return fresh_machine


@pytest.fixture(autouse=True)
def _quick_digests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Digests of passwords that take no time; those of the program are made to take some."""
    quick = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)
    passwords._nobodys_hash.cache_clear()
    yield
    passwords._nobodys_hash.cache_clear()


@pytest.fixture
def office(office_machine: Path) -> Iterator[OfficeServer]:
    """Adam administers, Anna and Ben prepare and approve, Lea looks."""
    with OfficeServer(office_machine / "page", office_machine / "hotline-batch.toml") as server:
        server.add("adam", Role.ADMINISTER)
        server.add("anna", Role.PREPARE, Role.APPROVE)
        server.add("ben", Role.PREPARE, Role.APPROVE)
        server.add("lea", Role.LOOK)
        yield server
