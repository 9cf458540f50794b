"""Connections: listed without keys, tested with one harmless look-up, guarded where they are marked."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline_batch.sandbox.server import Sandbox
from tests.support.processes.journey import FAST, PATIENCE_SECONDS, Machine, people, statuses
from tests.support.processes.terminal import said_to_a_person
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer

KEY = "sandbox-api-key"
TOKEN = "sandbox-owner-token"
INSTANCE = "13209946874612345"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(0) as running:
        yield running


def settings_of(machine: Machine, sandbox: Sandbox, more: str = "", key: str = KEY) -> None:
    machine.environment |= {"TOKEN": TOKEN, "KEY": key}
    (machine.folder / "hotline-batch.toml").write_text(
        f'endpoint = "{sandbox.url}"\nx_api_key = "env:TOKEN"\n'
        f'[connections.production]\ninstance = "{INSTANCE}"\napi_key = "env:KEY"\n{more}\n'
    )


def test_list_shows_no_key(machine: Machine, sandbox: Sandbox) -> None:
    """Name, a shortened instance and where the key is kept; neither the key nor the whole instance."""
    settings_of(machine, sandbox, 'pace_group = "support"')

    shown = machine.run("connections", "list")
    as_json = machine.run("connections", "list", "--json")

    assert 0 == shown.exit_code, shown.stderr
    assert "production" in shown.stdout
    assert "key in env:…" in shown.stdout
    assert "support" in shown.stdout
    assert not any(word in shown.stdout + as_json.stdout for word in (KEY, TOKEN, INSTANCE))


def test_right_keys_are_accepted(machine: Machine, sandbox: Sandbox) -> None:
    """The made-up topic is refused, the keys are not; nothing is posted."""
    settings_of(machine, sandbox)

    tested = machine.run("connections", "test", "--json")

    assert 0 == tested.exit_code, tested.stdout
    assert ["accepted"] == [found["verdict"] for found in json.loads(tested.stdout)]
    assert [] == list(sandbox.world.messages)


def test_wrong_key_is_refused(machine: Machine, sandbox: Sandbox) -> None:
    """It says which keys to look at, and does not show them."""
    settings_of(machine, sandbox, key="wrong-key-of-mine")

    tested = machine.run("connections", "test", "production")

    assert 1 == tested.exit_code
    assert "refuses the keys" in tested.stdout
    assert "wrong-key-of-mine" not in tested.stdout + tested.stderr


def test_unset_key_and_unreachable_service(machine: Machine, sandbox: Sandbox) -> None:
    """Each is its own finding."""
    settings_of(machine, sandbox)
    del machine.environment["KEY"]
    unset = machine.run("connections", "test")
    machine.environment["KEY"] = KEY
    machine.environment["HOTLINE_ENDPOINT"] = "http://127.0.0.1:9/webhook/topic_action"
    unreached = machine.run("connections", "test")

    assert (1, 1) == (unset.exit_code, unreached.exit_code)
    assert "not set" in unset.stdout
    assert "not reached" in unreached.stdout


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("missing_404_active_version", "not reached"),
        ("missing_404_kong", "not reached"),
        ("missing_404_plain_json", "not reached"),
        ("not_registered_404", "not reached"),
        ("method_405", "not reached"),
        ("challenge_403", "not reached"),
        ("payment_402", "not reached"),
        ("redirect_302", "not reached"),
        ("forbidden_403", "refused"),
        ("says_unknown_words_not_applied", "not proven"),
        ("says_axios_not_applied", "not proven"),
        ("says_german_not_applied", "not proven"),
        ("conflict_409_not_applied", "not proven"),
        ("bad_request_400", "not proven"),
        ("starting_up_200", "not proven"),
        ("error_500_not_applied", "not proven"),
        ("empty_200_not_applied", "not proven"),
        ("user_not_found_404", "accepted"),
    ],
)
def test_only_a_known_refusal_of_the_made_up_topic_proves_keys(
    connected: Machine, server: HostileServer, name: str, verdict: str
) -> None:
    """Whatever else is answered: the keys are not called accepted, and the cure speaks of connections, not of rows."""
    server.fault_next(named(name), 2)

    tested = connected.run("connections", "test", "--json")

    (found,) = json.loads(tested.stdout)
    assert (verdict, 0 if verdict == "accepted" else 1) == (found["verdict"], tested.exit_code), found
    assert bool(found["cure"]) == (verdict != "accepted")
    assert not {"row", "rows", "resume", "retry", "resolve"} & set(found["cure"].replace("'", " ").split())


def test_misspelt_name(machine: Machine, sandbox: Sandbox) -> None:
    """The nearest name is offered."""
    settings_of(machine, sandbox)

    tested = machine.run("connections", "test", "prodution")

    assert 2 == tested.exit_code
    assert "'production'" in tested.stderr


def test_adding_needs_a_terminal(machine: Machine) -> None:
    """Keys never travel in arguments or through a pipe by accident."""
    refused = machine.run("connections", "add", "sales", "--instance", INSTANCE, stdin="key\n")

    assert 2 == refused.exit_code
    assert "terminal" in refused.stderr


KEYRING = """
import json, os, pathlib
_PLACE = pathlib.Path(os.environ["KEYRING_FILE"])
def _kept():
    return json.loads(_PLACE.read_text()) if _PLACE.exists() else {}
def get_password(service, name):
    return _kept().get(f"{service}/{name}")
def set_password(service, name, value):
    _PLACE.write_text(json.dumps(_kept() | {f"{service}/{name}": value}))
"""
COMMENTED = """# What our office needs.

rate = "5/s"   # slower than usual

[connections.old_bot]  # the first one
instance = "13209946874699999"
api_key = "env:OLD_KEY"

[groups]
# public ones
acme = 2101424779
"""


@pytest.fixture
def desk(machine: Machine, sandbox: Sandbox, tmp_path: Path) -> Machine:
    """A machine toward the sandbox whose keyring is a file."""
    (tmp_path / "keyring.py").write_text(KEYRING)
    machine.environment |= {"PYTHONPATH": str(tmp_path), "KEYRING_FILE": str(machine.home / "keyring.json")}
    machine.environment["HOTLINE_ENDPOINT"] = sandbox.url
    return machine


def add_by_hand(machine: Machine, *answers: tuple[str, str], words: tuple[str, ...] = ()) -> str:
    command = (sys.executable, "-m", "hotline_batch", "connections", "add", "sales_bot", "--instance", INSTANCE, *words)
    return said_to_a_person(
        command, machine.folder, machine.environment, patience_seconds=PATIENCE_SECONDS, answers=answers
    )


def test_a_connection_is_tried_and_written_into_the_settings(desk: Machine) -> None:
    """Where there is no file, one is made; it works at once, and holds no key."""
    said = add_by_hand(desk, ("(not shown): ", TOKEN), ("(not shown): ", KEY))
    text = (desk.folder / "hotline-batch.toml").read_text("utf-8")
    tested = desk.run("connections", "test", "sales_bot")

    assert "sales_bot: accepted." in said
    assert 'x_api_key = "keyring:hotline/x_api_key"' in text
    assert 'api_key = "keyring:hotline/sales_bot"' in text
    assert 0 == tested.exit_code, tested.stdout + tested.stderr
    assert not any(secret in said + text for secret in (KEY, TOKEN))


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_what_a_person_wrote_into_the_settings_stays(desk: Machine, ends: str) -> None:
    """Comments, order, line ends, and who may read the file."""
    desk.environment |= {"OLD_KEY": "old", "HOTLINE_X_API_KEY": TOKEN}
    (desk.home / "sales.key").write_text(KEY)
    place = desk.folder / "hotline-batch.toml"
    place.write_bytes(COMMENTED.replace("\n", ends).encode())
    place.chmod(0o640)

    said = add_by_hand(desk, ("(not shown): ", f"file:{desk.home}/sales.key"))
    lines = place.read_bytes().decode().replace("\r\n", "\n").splitlines()
    tested = desk.run("connections", "test", "sales_bot")

    assert "sales_bot: accepted." in said
    written = [line for line in COMMENTED.splitlines() if line]
    assert written == [line for line in lines if line in written]
    assert f'api_key = "file:{desk.home}/sales.key"' in lines
    assert ends == ("\r\n" if b"usual\r\n" in place.read_bytes() else "\n")
    assert 0o640 == place.stat().st_mode & 0o777
    assert 0 == tested.exit_code, tested.stdout + tested.stderr


def test_keys_that_are_refused_are_kept_only_if_somebody_says_so(desk: Machine) -> None:
    """A key that was mistyped is typed again, and nothing is left of the first."""
    said = add_by_hand(
        desk,
        ("(not shown): ", TOKEN),
        ("(not shown): ", "mistyped-key"),
    )

    assert "sales_bot: refused." in said
    # A person says yes to every question here.
    assert "Keep them all the same? [y/N]: y" in said
    assert "mistyped-key" not in said


def test_a_file_that_is_written_in_another_way_is_left_alone(desk: Machine) -> None:
    """What to write is said instead."""
    desk.environment["HOTLINE_X_API_KEY"] = TOKEN
    place = desk.folder / "hotline-batch.toml"
    place.write_text("")
    place.parent.chmod(0o555)
    try:
        said = add_by_hand(desk, ("(not shown): ", KEY), words=("--no-keyring",))
    finally:
        place.parent.chmod(0o755)

    assert "[connections.sales_bot]" in said
    assert 'api_key = "env:HOTLINE_API_KEY_SALES_BOT"' in said
    if os.geteuid() != 0:  # whom no permission stops
        assert "" == place.read_text()
        assert "Write this into it:" in said


def test_marked_connection_asks_for_its_name(machine: Machine, sandbox: Sandbox) -> None:
    """--yes alone does not send through it; --confirm with its name does, also on resume and retry."""
    settings_of(machine, sandbox, "confirm = true")
    machine.write_sheet("sheet.csv", [(987654321, "Hello")])

    refused = machine.run("send", "sheet.csv", "--yes", *FAST)
    wrong = machine.run("send", "sheet.csv", "--yes", "--confirm", "staging", *FAST)
    before = len(list(sandbox.world.messages))
    sent = machine.run("send", "sheet.csv", "--yes", "--confirm", "production", *FAST)

    assert (2, 2, 0) == (refused.exit_code, wrong.exit_code, sent.exit_code), sent.stderr
    assert "--confirm production" in refused.stderr
    assert (0, 1) == (before, len(list(sandbox.world.messages)))


def test_watcher_needs_the_name_too(machine: Machine, sandbox: Sandbox) -> None:
    """A folder is not served through a marked connection by accident."""
    settings_of(machine, sandbox, "confirm = true")
    (machine.folder / "inbox").mkdir()
    machine.write_sheet("inbox/sheet.csv", [(987654321, "Hello")])
    watch = ("watch", "inbox", "--for", "send", "--once", "--settle", "0", *FAST)

    refused = machine.run(*watch)
    sent = machine.run(*watch, "--confirm", "production")

    assert (2, 0) == (refused.exit_code, sent.exit_code), sent.stderr
    assert Path(machine.folder / "inbox" / "done" / "sheet.csv").exists()


NAMED = """
import sys
from hotline_batch import correct_run, send_sheet, start_run, wait
from hotline_batch.errors import SettingsError

def refused(begin, *arguments, **more):
    try:
        begin(*arguments, **more)
    except SettingsError as error:
        assert "'production' asks for its name" in error.problem
    else:
        raise AssertionError(begin)

refused(send_sheet, "sheet.csv", output="a.csv", rate="500/s")
refused(send_sheet, "sheet.csv", output="a.csv", rate="500/s", confirm=["staging"])
refused(start_run, "sheet.csv", output="b.csv", rate="500/s")
sent = send_sheet("sheet.csv", output="c.csv", rate="500/s", confirm="production")
refused(correct_run, sent.run, message="Correction", rate="500/s")
correct_run(sent.run, message="Correction", rate="500/s", confirm=["production"])
wait(start_run("sheet.csv", output="d.csv", rate="500/s", duplicate_window=0, confirm="production"), 60)
"""


def test_python_needs_the_name_too(machine: Machine, sandbox: Sandbox) -> None:
    """It asks no question, so it is told the name beforehand; what is refused leaves no run that could go on."""
    settings_of(machine, sandbox, "confirm = true")
    machine.write_sheet("sheet.csv", [(987654321, "Hello")])

    ended = machine.python(NAMED)

    assert 0 == ended.exit_code, ended.stderr
    assert ["Hello", "Correction", "Hello"] == [message.text for message in sandbox.world.messages]
    assert 3 == len(json.loads(machine.run("runs", "list", "--json").stdout))


def test_completion_offers_connections_and_runs(machine: Machine, sandbox: Sandbox) -> None:
    """After Tab: names of the settings and ids of the ledger."""
    settings_of(machine, sandbox)
    machine.write_sheet("sheet.csv", [(987654321, "Hello")])
    machine.run("send", "sheet.csv", "--yes", *FAST)
    run = machine.newest_run()

    def complete(*words: str) -> str:
        machine.environment |= {
            "_HOTLINE_BATCH_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(("hotline-batch", *words)),
            "COMP_CWORD": str(len(words)),
        }
        return machine.run().stdout

    assert "production" in complete("send", "sheet.csv", "--connection", "pro")
    assert run in complete("resume", "20")
    assert run in complete("report", "20")
    assert "connections" in complete("conn")
    assert "plain,reply_lost" in complete("explain", "reply")
    assert "plain,follow_up" in complete("template", "show", "fo")
    assert "plain,status_update" in complete("send", "sheet.csv", "--template", "sta")


@pytest.mark.parametrize(
    "words",
    [
        ("send", "she"),
        ("send", "sheet.csv", "--config", "she"),
        ("send", "sheet.csv", "-o", "she"),
        ("send", "sheet.csv", "--template", "she"),
        ("check", "she"),
        ("check", "sheet.csv", "-o", "she"),
        ("template", "preview", "status_update", "she"),
        ("report", "20261122-180412-k3f9", "-o", "she"),
        ("connections", "list", "--config", "she"),
    ],
)
def test_completion_leaves_files_to_the_shell(machine: Machine, words: tuple[str, ...]) -> None:
    """Wherever a file is named."""
    machine.environment |= {
        "_HOTLINE_BATCH_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(("hotline-batch", *words)),
        "COMP_CWORD": str(len(words)),
    }

    assert "file,she\n" == machine.run().stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(machine: Machine, shell: str) -> None:
    """Each is printed with the name of the program in it."""
    printed = machine.run("completion", shell)

    assert 0 == printed.exit_code, printed.stderr
    assert "_HOTLINE_BATCH_COMPLETE" in printed.stdout


def test_row_chooses_its_connection(machine: Machine, server: HostileServer) -> None:
    """A sheet that names two connections is served by both, and the result sheet says which."""
    machine.toward(server)
    (machine.folder / "hotline-batch.toml").write_text(
        'x_api_key = "env:HOTLINE_X_API_KEY"\ndefault_connection = "one"\n'
        + "".join(
            f'[connections.{name}]\ninstance = "{machine.environment["HOTLINE_INSTANCE"]}"\n'
            f'api_key = "env:HOTLINE_API_KEY"\nsend_rate = "{rate}"\n'
            for name, rate in (("one", "100/s"), ("two", "50/s"))
        )
    )
    lines = [f"{user},{text},{'two' if at % 2 else ''}" for at, (user, text) in enumerate(people(10))]
    (machine.folder / "sheet.csv").write_text("\n".join(["user_id,message,connection", *lines, ""]))

    ended = machine.run("send", "sheet.csv", "--yes", "-o", "out.csv")
    rows = machine.read("out.csv")

    assert 0 == ended.exit_code, ended.stderr
    assert ["sent"] * 10 == statuses(rows)
    assert ["one", "two"] * 5 == [row["hotline_connection"] for row in rows]


def test_plan_reckons_with_each_connection_s_own_pace(machine: Machine, server: HostileServer) -> None:
    """Two paces at once: the longer one counts, and both are named."""
    machine.toward(server)
    bot = f'instance = "{INSTANCE}"\napi_key = "env:HOTLINE_API_KEY"\nsend_rate = '
    (machine.folder / "hotline-batch.toml").write_text(
        f'default_connection = "fast"\n[connections.fast]\n{bot}"20/s"\n[connections.slow]\n{bot}"18/min"\n'
    )
    lines = [f"{user},{text},{'slow' if at < 4 else ''}" for at, (user, text) in enumerate(people(20))]
    (machine.folder / "sheet.csv").write_text("\n".join(["user_id,message,connection", *lines, ""]))

    shown = machine.run("check", "sheet.csv", "--for", "send")
    as_json = machine.run("check", "sheet.csv", "--for", "send", "--json")
    typed = machine.run("check", "sheet.csv", "--for", "send", "--json", "--rate", "1/s")

    assert "about 10 s at 20/s, slow at 18/min, until" in shown.stdout
    assert (10.0, "20/s") == (as_json.summary["seconds_expected"], as_json.summary["rate"])
    assert 15.0 == typed.summary["seconds_expected"]
