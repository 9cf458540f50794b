"""An office from the command line: its accounts, and who did what; on a file it is refused, with the reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.ledgers.postgresql import Database
from tests.support.processes.journey import Machine

PASSWORD = "four plain words here"


@pytest.fixture
def office(machine: Machine, database: Database) -> Machine:
    """A machine with a ledger in PostgreSQL."""
    (machine.folder / "hotline-batch.toml").write_text('[office]\naddress = "https://hotline.example.org"\n', "utf-8")
    return machine.with_ledger(database.url)


@pytest.mark.parametrize(
    "words", [("ui", "--office"), ("office", "accounts", "list"), ("office", "accounts", "add", "anna")], ids=" ".join
)
def test_office_on_a_file_is_refused_with_the_reason(machine: Machine, words: tuple[str, ...]) -> None:
    ended = machine.run(*words)

    assert 2 == ended.exit_code
    assert "An office needs a ledger in PostgreSQL" in ended.stderr
    assert "a database server that lets them all in" in ended.stderr


def test_accounts_are_added_listed_changed_and_disabled(office: Machine, database: Database, tmp_path: Path) -> None:
    """The first may do everything; a password comes from a file or from standard input, and is told nowhere."""
    kept = tmp_path / "password"
    kept.write_text(f"{PASSWORD}\n", "utf-8")

    ended = [
        office.run("office", "accounts", "add", "adam", "--password-file", kept),
        office.run("office", "accounts", "add", "anna", "--role", "approve", "--password-file", "-", stdin=PASSWORD),
        office.run("office", "accounts", "roles", "anna", "--role", "look", "--role", "prepare"),
        office.run("office", "accounts", "reset", "anna", "--password-file", "-", stdin="another four plain words"),
        office.run("office", "accounts", "disable", "anna"),
    ]
    listed = json.loads(office.run("office", "accounts", "list", "--json").stdout)
    audit = office.run("office", "audit")

    assert [0] * 5 == [each.exit_code for each in ended], [each.stderr for each in ended]
    told = {each["name"]: each for each in listed}
    assert ["look", "prepare", "approve", "administer"] == told["adam"]["roles"]
    assert ["look", "prepare"] == told["anna"]["roles"]
    assert told["anna"]["disabled_at"]
    assert "account disabled" in audit.stdout
    assert 0 == office.run("office", "audit", "--verify").exit_code
    said = "".join(each.stdout + each.stderr for each in (*ended, audit)) + str(database.rows("select * from account"))
    assert "four plain words" not in said


@pytest.mark.parametrize("password", ["kurz42", "", "x" * 500, "aaaaaaaaaaaaaaaa"])
def test_password_that_is_too_easy_is_refused(office: Machine, password: str) -> None:
    ended = office.run("office", "accounts", "add", "adam", "--password-file", "-", stdin=password)

    assert 2 == ended.exit_code
    assert not password or password not in ended.stderr


def test_password_is_asked_for_on_a_terminal_alone(office: Machine) -> None:
    ended = office.run("office", "accounts", "add", "adam")

    assert 2 == ended.exit_code
    assert "--password-file" in ended.stderr


def test_last_administrator_stays(office: Machine) -> None:
    office.run("office", "accounts", "add", "adam", "--password-file", "-", stdin=PASSWORD)

    for words in (("disable", "adam"), ("roles", "adam", "--role", "look")):
        ended = office.run("office", "accounts", *words)
        assert 2 == ended.exit_code
        assert "Nobody would be left" in ended.stderr


def test_first_account_is_an_administrator(office: Machine) -> None:
    ended = office.run("office", "accounts", "add", "lea", "--role", "look", "--password-file", "-", stdin=PASSWORD)

    assert 2 == ended.exit_code
    assert "somebody must be able to add others" in ended.stderr
