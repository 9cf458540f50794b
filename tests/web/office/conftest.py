"""An office with four people, served on a ledger in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from hotline_batch.application.office import passwords
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.accounts import account_named
from hotline_batch.people import Person, Role
from tests.support.ledgers.postgresql import Database
from tests.support.page.office_server import OfficeServer
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials


@pytest.fixture
def office_machine(fresh_machine: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folders, and an empty database for the ledger."""
    monkeypatch.setenv("HOTLINE_BATCH_LEDGER", database.url)
    return fresh_machine


SETTINGS = """
x_api_key = "env:HOTLINE_X_API_KEY"
[connections.support_bot]
instance = "{instance}"
api_key = "env:SUPPORT_KEY"
approval = "required"
"""


@pytest.fixture
def service() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running


@pytest.fixture
def careful_office(
    office_machine: Path, service: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], OfficeServer]:
    """Makes an office whose connection asks for a second pair of eyes; what else its settings say is given to it."""
    keys = Credentials()
    monkeypatch.setenv("HOTLINE_ENDPOINT", service.url)
    monkeypatch.setenv("HOTLINE_X_API_KEY", keys.x_api_key)
    monkeypatch.setenv("SUPPORT_KEY", keys.api_key)
    text = SETTINGS.format(instance=keys.instance)
    return lambda more: OfficeServer(office_machine / "hotline-batch.toml", settings_text=more + text)


def person(office: OfficeServer, name: str) -> Person:
    """Somebody of the office, to act as."""
    with Ledger(office.settings().ledger) as ledger:
        account = account_named(ledger, name)
    assert account is not None
    return account.person


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
    with OfficeServer(office_machine / "hotline-batch.toml") as server:
        server.add("adam", Role.ADMINISTER)
        server.add("anna", Role.PREPARE, Role.APPROVE)
        server.add("ben", Role.PREPARE, Role.APPROVE)
        server.add("lea", Role.LOOK)
        yield server
