"""Folders that are closed or gone, extras that are missing or broken: words and exit 2, never a crash."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.processes.journey import PATIENCE_SECONDS, Ended, Machine, lies, people
from tests.support.service.exchange import Exchange
from tests.support.service.faults import Applied, Fault, Verdict
from tests.support.service.hostile_server import HostileServer

BOT = 'x_api_key = "env:TOKEN"\n[connections.a]\ninstance = "13209946874612345"\napi_key = "{}"\n'
SECRET = "kE9unforgettable7Secret"

# The command line itself, after something was done to the process. A folder can be closed to root only once its
# rights to read and write everything (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH) are dropped for good (PR_CAPBSET_DROP).
THEN_RUN = "\nimport os, sys; os.execv(sys.executable, [sys.executable, '-m', 'hotline_batch', *sys.argv[1:]])"
AS_ORDINARY_USER = "import ctypes; [ctypes.CDLL(None).prctl(24, right, 0, 0, 0) for right in (1, 2)]"
MOUNT_ONE_FILE = """
import ctypes
libc = ctypes.CDLL(None)
assert not libc.unshare(0x10020000)  # a user and a mount namespace of its own
assert not libc.mount(b"{file}", b"{place}", None, 4096, None)
"""
IN_A_DELETED_FOLDER = "import os; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')"


def run_after(code: str, machine: Machine, *words: str | Path) -> Ended:
    """Run a command in a process to which something was done before."""
    return machine.python(code + THEN_RUN, *words)


@contextmanager
def closed(folder: Path) -> Iterator[None]:
    """A folder that nobody may enter."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0)
    try:
        yield
    finally:
        folder.chmod(0o700)


def is_told(refused: Ended, doctor: Ended, *words: str) -> bool:
    """Whether a refused command says the words and ends with 2, and the doctor's JSON has them in a problem."""
    assert 2 == refused.exit_code, refused
    problems = [found for found in json.loads(doctor.stdout)["findings"] if found["level"] == "problem"]
    said = " ".join(found["said"] + found["cure"] for found in problems)
    return all(word in refused.stderr and word in said for word in words)


# ── folders ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(sys.platform != "linux", reason="root's rights are dropped in Linux's own way")
@pytest.mark.parametrize("options", [(), ("--sandbox",)])
def test_closed_configuration_folder(machine: Machine, options: tuple[str, ...]) -> None:
    """Settings may lie in it, so the program does not go on as if there were none; --config names others."""
    machine.write_sheet("sheet.csv", [(987654321, "Hello")])
    (machine.folder / "mine.toml").write_text('rate = "500/s"\n')
    send = ("send", "sheet.csv", "--yes", "-o", "out.csv", *options)

    with closed(machine.home / "config"):
        refused = run_after(AS_ORDINARY_USER, machine, *send)
        doctor = run_after(AS_ORDINARY_USER, machine, "doctor", "--offline", "--json")
        named = run_after(AS_ORDINARY_USER, machine, *send, "--config", "mine.toml")

    assert is_told(refused, doctor, "Permission denied", "--config")
    assert (0 if options else 2) == named.exit_code, named.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="root's rights are dropped in Linux's own way")
def test_settings_file_in_a_closed_folder(machine: Machine) -> None:
    """It is not said to be missing."""
    named = ("--config", "closed/mine.toml")

    with closed(machine.folder / "closed"):
        refused = run_after(AS_ORDINARY_USER, machine, "runs", "list", *named)
        doctor = run_after(AS_ORDINARY_USER, machine, "doctor", "--offline", "--json", *named)

    assert is_told(refused, doctor, "closed/mine.toml", "Permission denied")


@pytest.mark.skipif(sys.platform != "linux", reason="root's rights are dropped in Linux's own way")
def test_ledger_in_a_closed_folder(machine: Machine) -> None:
    """Told by whatever needs the ledger, and by the doctor."""
    machine.write_sheet("sheet.csv", people(1))

    with closed(machine.ledger.parent):
        refused = run_after(AS_ORDINARY_USER, machine, "send", "sheet.csv", "--yes", "--sandbox", "-o", "out.csv")
        looked = run_after(AS_ORDINARY_USER, machine, "check", "sheet.csv", "--for", "send", "--sandbox")
        doctor = run_after(AS_ORDINARY_USER, machine, "doctor", "--offline", "--json")

    assert is_told(refused, doctor, "Permission denied", "--ledger")
    assert 2 == looked.exit_code, looked.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the folder that a program works in")
def test_deleted_working_folder(machine: Machine) -> None:
    """The person is sent into another one."""
    refused = run_after(IN_A_DELETED_FOLDER, machine, "runs", "list")
    doctor = run_after(IN_A_DELETED_FOLDER, machine, "doctor", "--offline", "--json")

    assert is_told(refused, doctor, "working folder is not there any more")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the folder that a program works in")
@pytest.mark.parametrize(("output", "code"), [("out.csv", 1), ("../home/out.csv", 0)])
def test_working_folder_that_is_deleted_meanwhile(
    connected: Machine, server: HostileServer, output: str, code: int
) -> None:
    """Every row is sent; a sheet that had its place there is written by the command that is named."""
    connected.write_sheet("sheet.csv", people(5))
    server.fault_for(people(1)[0][0], Fault("deletes", _delete(connected.folder), Verdict.SENT, Applied.YES))

    ended = connected.run("send", "sheet.csv", "--yes", "-o", output, "--rate", "500/s")
    connected.folder.mkdir()
    again = connected.run("results", connected.newest_run(), "-o", "again.csv")

    assert code == ended.exit_code, ended.stderr
    assert ("hotline-batch results" in ended.stdout) == bool(code)
    assert "5 of 5 delivered" in ended.stdout
    assert 0 == again.exit_code, again.stderr
    assert [] == lies(connected.read("again.csv"), server, people(5), most_unknown=0)


def _delete(folder: Path) -> Callable[[Exchange], None]:
    def behave(exchange: Exchange) -> None:
        shutil.rmtree(folder)
        exchange.answer(exchange.good_status, exchange.good_body())

    return behave


# ── ledgers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("sqlite+foo:///x", "not a ledger's address"),
        ("sqlite:///:memory:", "must be a file"),
        ("sqlite:///x?mode=ro", "Remove it"),
        ("postgresql://u:p@127.0.0.1:abc/x", "port"),
        ("postgresql://u:p@w@127.0.0.1/x", "%40"),
    ],
)
def test_ledger_whose_address_cannot_be_used(machine: Machine, address: str, words: str) -> None:
    """The same words from every command."""
    refused = machine.run("runs", "list", "--ledger", address)
    doctor = machine.run("doctor", "--offline", "--json", "--ledger", address)

    assert is_told(refused, doctor, words)


def _damage(ledger: Path) -> None:
    content = bytearray(ledger.read_bytes())
    content[100:8192] = b"\xff" * 8092
    ledger.write_bytes(content)


def _make_newer(ledger: Path) -> None:
    with closing(sqlite3.connect(ledger)) as database, database:
        database.execute("update meta set value = '999' where name = 'schema_version'")


def _make_foreign(ledger: Path) -> None:
    for file in ledger.parent.glob(f"{ledger.name}*"):
        if file.is_file():
            file.unlink()
    with closing(sqlite3.connect(ledger)) as database, database:
        database.execute("create table stock (item text)")


def _take_away(ledger: Path) -> None:
    ledger.chmod(0o400)


@pytest.mark.skipif(sys.platform != "linux", reason="root's rights are dropped in Linux's own way")
@pytest.mark.parametrize("harm", [_damage, _make_newer, _make_foreign, _take_away])
def test_no_advice_leads_to_a_second_ledger(
    connected: Machine, server: HostileServer, harm: Callable[[Path], None]
) -> None:
    """It was followed, and everybody got everything twice."""
    connected.write_sheet("sheet.csv", people(3))
    first = connected.run("send", "sheet.csv", "--yes", "-o", "first.csv", "--rate", "500/s")
    harm(connected.ledger)

    refused = run_after(AS_ORDINARY_USER, connected, "send", "sheet.csv", "--yes", "-o", "out.csv")
    doctor = run_after(AS_ORDINARY_USER, connected, "doctor", "--offline", "--json")

    assert 0 == first.exit_code, first.stderr
    assert is_told(refused, doctor, "ledger")
    said = refused.stderr + "".join(
        found["said"] + found["cure"]
        for found in json.loads(doctor.stdout)["findings"]
        if found["subject"] in {"ledger", "disk"}
    )
    assert "start no other one" in said
    assert not re.search("--ledger|another (ledger|place)|new ledger|name another", said, re.IGNORECASE), said
    assert 3 == len(server.applied)


@pytest.mark.skipif(sys.platform != "linux", reason="root's rights are dropped in Linux's own way")
def test_place_for_the_first_ledger(machine: Machine) -> None:
    """Where none can be made yet, another place may be named, and that it is to be the same one every time."""
    machine.ledger.parent.chmod(0o500)

    refused = run_after(AS_ORDINARY_USER, machine, "runs", "list")
    doctor = run_after(AS_ORDINARY_USER, machine, "doctor", "--offline", "--json")
    machine.ledger.parent.chmod(0o700)

    assert is_told(refused, doctor, "--ledger", "the same one every time")


def test_ledger_that_is_another_in_each_folder(connected: Machine, server: HostileServer) -> None:
    """What the user's own settings file names from the working folder would send the same sheet from each once more."""
    sheet = connected.write_sheet("sheet.csv", people(2))
    del connected.environment["HOTLINE_BATCH_LEDGER"]
    settings = connected.folder / "own" / "hotline-batch.toml"
    settings.parent.mkdir()
    settings.write_text('ledger = "sqlite:///ledger.sqlite"\n')

    refused = connected.run("send", sheet, "--yes", "--config", str(settings))
    shown = connected.run("runs", "list", "--config", str(settings))

    assert (2, 2, []) == (refused.exit_code, shown.exit_code, server.applied), refused.stderr
    assert f"such as sqlite:///{settings.with_name('ledger.sqlite')}" in refused.stderr


def test_variable_whose_ledger_is_another_in_each_folder(connected: Machine) -> None:
    """It may be meant so. Whoever sends is told before, and what to write else; an option is typed where it counts."""
    sheet = connected.write_sheet("sheet.csv", people(2))
    connected.with_ledger("sqlite:///ledger.sqlite")

    told = connected.run("check", sheet, "--for", "send")
    typed = connected.run("check", sheet, "--for", "send", "--ledger", "sqlite:///ledger.sqlite")

    assert (0, 0) == (told.exit_code, typed.exit_code), told.stderr
    assert f"such as sqlite:///{connected.folder}/ledger.sqlite" in told.stdout + told.stderr
    assert "HOTLINE_BATCH_LEDGER" not in typed.stdout + typed.stderr


def test_ledger_that_is_there_under_two_names(connected: Machine, server: HostileServer) -> None:
    """What one run sends is in a log beside its own name: another name would not know of it, so it is refused."""
    sheet = connected.write_sheet("sheet.csv", people(20))
    other = connected.ledger.with_name("other.sqlite")
    elsewhere = ("--ledger", f"sqlite:///{other}", "-o", "other.csv")

    with connected.start("send", sheet, "--yes", "-o", "out.csv", "--rate", "5/s") as sending:
        server.wait_until(lambda: len(server.applied) >= 3)
        other.hardlink_to(connected.ledger)
        refused = connected.run("send", sheet, "--yes", *elsewhere)
        seen = connected.run("runs", "list")
        ended = sending.end()
    quiet = connected.run("runs", "list")
    other.unlink()
    again = connected.run("send", sheet, "--yes", "-o", "again.csv")

    assert (2, 0, 0) == (refused.exit_code, ended.exit_code, again.exit_code), ended.stderr
    assert "has several names" in refused.stderr
    # Under the name that has the log, the run can be seen and stopped; once there is none, nobody knows which it was.
    assert (0, 2) == (seen.exit_code, quiet.exit_code), seen.stderr
    assert ([], {}) == (lies(connected.read("out.csv"), server, people(20)), server.duplicates())


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a file in Linux's own way")
def test_ledger_that_is_mounted_without_its_folder(connected: Machine, server: HostileServer) -> None:
    """As a container may have it: what a killed run sent stands in a log beside it, which ends with the container."""
    outside, inside = connected.folder / "outside.sqlite", connected.folder / "a blank" / "ledger.sqlite"
    inside.parent.mkdir()
    for place in (outside, inside):
        place.touch(0o600)
    sheet = connected.write_sheet("sheet.csv", people(3))
    mounted = MOUNT_ONE_FILE.format(file=outside, place=inside)
    if connected.python(mounted).exit_code:
        pytest.skip("this system lets nobody mount anything")

    refused = run_after(mounted, connected, "send", sheet, "--yes", "--ledger", f"sqlite:///{inside}")

    assert 2 == refused.exit_code
    assert "is mounted by itself, without its folder" in refused.stderr
    assert [] == server.applied


def test_ledger_in_postgresql_without_its_extra(machine: Machine, without: str) -> None:
    """The extra is named."""
    machine.environment["PYTHONPATH"] = without
    address = "postgresql://u:p@127.0.0.1:9/x"

    refused = machine.run("runs", "list", "--ledger", address)
    doctor = machine.run("doctor", "--offline", "--json", "--ledger", address)

    assert is_told(refused, doctor, "hotline-batch[postgresql]")


@pytest.fixture
def without(tmp_path: Path) -> str:
    """A folder of packages in which psycopg is not installed, wherever else it is."""
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "psycopg.py").write_text("raise ModuleNotFoundError(name='psycopg')\n")
    return str(tmp_path / "packages")


# ── keyrings ─────────────────────────────────────────────────────────────────────────────────────────────────────────

KEYRINGS = {
    "unknown back end": "raise ModuleNotFoundError('nowhere')",
    "empty back end": "raise ValueError('Empty module name')",
    "locked": f"def get_password(*_): raise RuntimeError('{SECRET}')",
    "out of order": f"def get_password(*_): raise ConnectionRefusedError('{SECRET}')",
}


@pytest.mark.parametrize("name", KEYRINGS)
def test_keyring_that_raises_what_it_likes(machine: Machine, tmp_path: Path, name: str) -> None:
    """The kind of failure is told, its text is not."""
    (tmp_path / "keyring.py").write_text(KEYRINGS[name])
    machine.environment |= {"PYTHONPATH": str(tmp_path), "TOKEN": "some-token"}
    (machine.folder / "hotline-batch.toml").write_text(BOT.format("keyring:hotline/a"))
    machine.write_sheet("sheet.csv", people(1))

    refused = machine.run("send", "sheet.csv", "--yes", "-o", "out.csv")
    machine.environment["PYTHON_KEYRING_BACKEND"] = ""
    doctor = machine.run("doctor", "--offline", "--json")

    assert is_told(refused, doctor, "the system's keyring", "env:")
    assert "Unlock it" in refused.stderr
    assert "Correct PYTHON_KEYRING_BACKEND" in doctor.stdout
    assert SECRET not in refused.stderr + doctor.stdout


# ── keys in files ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o604])
def test_key_file_that_is_open_to_others(machine: Machine, mode: int) -> None:
    """To the group, too, and to writing, too."""
    machine.environment["TOKEN"] = "some-token"
    (machine.folder / "hotline-batch.toml").write_text(BOT.format("file:a.key"))
    (machine.folder / "a.key").write_text(SECRET)
    (machine.folder / "a.key").chmod(mode)

    ended = machine.run("doctor", "--offline", "--json")

    (found,) = [one for one in json.loads(ended.stdout)["findings"] if one["subject"].endswith("a.api_key")]
    assert ("warning", "chmod 600" in found["cure"]) == (found["level"], True)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
def test_key_file_that_is_a_pipe(machine: Machine) -> None:
    """Nobody writes into it, so it is not waited for."""
    machine.environment["TOKEN"] = "some-token"
    (machine.folder / "hotline-batch.toml").write_text(BOT.format("file:a.key"))
    os.mkfifo(machine.folder / "a.key")
    machine.write_sheet("sheet.csv", people(1))

    refused = machine.run("send", "sheet.csv", "--yes", "-o", "out.csv")
    doctor = machine.run("doctor", "--offline", "--json")

    assert is_told(refused, doctor, "a.key", "no ordinary file")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
@pytest.mark.parametrize("name", KEYRINGS)
def test_key_that_no_keyring_takes_is_not_lost_without_a_word(machine: Machine, tmp_path: Path, name: str) -> None:
    """Once it was typed: why it is not kept, and what to export instead; it is not shown."""
    (tmp_path / "keyring.py").write_text(KEYRINGS[name].replace("get_", "set_"))
    machine.environment |= {"PYTHONPATH": str(tmp_path), "HOTLINE_X_API_KEY": "some-token"}
    machine.environment["HOTLINE_ENDPOINT"] = "http://127.0.0.1:9/webhook/topic_action"

    code, said = typed(machine, SECRET, "connections", "add", "bot", "--instance", "13209946874612345")

    assert 0 == code, said
    assert "keyring" in said
    assert "The key was not stored" in said
    assert "export HOTLINE_API_KEY_BOT=" in said
    assert 'api_key = "env:HOTLINE_API_KEY_BOT"' in said
    assert SECRET not in said


def typed(machine: Machine, answer: str, *words: str) -> tuple[int, str]:
    """Run a command on a terminal of its own and answer its first question; its exit code, and what was to be seen."""
    ours, theirs = os.openpty()
    said = b""
    with subprocess.Popen(
        [sys.executable, "-m", "hotline_batch", *words],
        cwd=machine.folder,
        env=machine.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        with suppress(OSError):  # which is how Linux ends what is read from a terminal that was left
            while piece := os.read(ours, 4096):
                said += piece
                if answer and b"): " in said:
                    os.write(ours, f"{answer}\n".encode())
                    answer = ""
        os.close(ours)
        return process.wait(PATIENCE_SECONDS), said.decode()
