"""Both keys stay where they are: not in the ledger, not in a result, not on the screen, whatever the service says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.processes.journey import FAST, Machine, asked, people
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

KEYS = Credentials(x_api_key="tok3n-0f-the-0wner/+", instance="13209946874612345", api_key="k3y-0f-the-1nstance=")
ECHOES = ["echo_in_500", "echo_in_error_200", "echo_in_400", "echo_in_confirmation"]


def holders(folder: Path) -> list[str]:
    """Files that hold one of the keys, in any byte."""
    needles = [KEYS.x_api_key.encode(), KEYS.api_key.encode()]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path.name for path in files if any(needle in path.read_bytes() for needle in needles)]


@pytest.mark.parametrize("output", ["out.csv", "out.xlsx"])
def test_service_that_repeats_the_request(machine: Machine, tmp_path: Path, output: str) -> None:
    """A careless error handler says the keys back to us; nothing of them is kept or shown."""
    sheet = people(12)
    machine.write_sheet("sheet.csv", sheet)
    with HostileServer(credentials=KEYS) as server:
        machine.toward(server, KEYS)
        for (user, _), name in zip(sheet, ECHOES * 2, strict=False):
            server.fault_for(user, named(name))
        ended = machine.run("send", "sheet.csv", "--yes", "-o", output, "--json", "--concurrency", "1", *FAST)
        told = [machine.run(*words) for words in (["runs", "show", str(ended.summary["run"])], ["resume", "--yes"])]
        assert asked(server) >= 8

    said = "".join(words for done in (ended, *told) for words in (done.stdout, done.stderr))
    assert 3 == ended.exit_code, ended.stderr
    assert not [key for key in (KEYS.x_api_key, KEYS.api_key) if key in said]
    assert [] == holders(tmp_path)
    if output == "out.xlsx":  # packed: what it holds cannot be seen in its bytes
        cells = "".join(cell for row in machine.read(output) for cell in row.values())
        assert KEYS.x_api_key not in cells
        assert KEYS.api_key not in cells


def test_refused_keys_are_not_shown(machine: Machine, server: HostileServer, tmp_path: Path) -> None:
    """Neither in the words about the refusal nor in the ledger."""
    machine.toward(server, KEYS).write_sheet("sheet.csv", people(3))

    ended = machine.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST)

    assert 4 == ended.exit_code
    assert KEYS.x_api_key not in ended.stdout + ended.stderr
    assert [] == holders(tmp_path)


@pytest.mark.parametrize("bad", ["two\nlines", "with blank", "schlüssel"])
def test_key_that_cannot_travel_is_refused_unseen(machine: Machine, server: HostileServer, bad: str) -> None:
    """Exit 2 before a request; the words name the setting and not its value."""
    machine.toward(server, Credentials(x_api_key=bad)).write_sheet("sheet.csv", people(3))

    ended = machine.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST)

    assert 2 == ended.exit_code, ended.stderr
    assert 0 == asked(server)
    assert "Traceback" not in ended.stderr
    assert bad not in ended.stderr


def test_ledger_is_for_its_owner_alone(connected: Machine) -> None:
    """It holds names and messages, so nobody else on the machine may read it."""
    connected.write_sheet("sheet.csv", people(3))

    connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST)

    files = [path for path in connected.ledger.parent.rglob("*") if path.is_file()]
    assert connected.ledger in files
    assert {0o600} == {path.stat().st_mode & 0o777 for path in files}
