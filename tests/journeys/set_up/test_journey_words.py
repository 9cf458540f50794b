"""Help for those who ask, and words instead of tracebacks for those who err."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

import click
import pytest

from hotline_batch.cli.main import main, run
from tests.support.processes.journey import FAST, PATIENCE_SECONDS, Ended, Machine, asked, people
from tests.support.service.hostile_server import HostileServer

HEAVY = {"pandas", "numpy", "openpyxl", "requests", "urllib3", "sqlalchemy", "pydantic", "jinja2", "tqdm", "clevercsv"}
_LOADED_BY_HELP = """
import json, sys
sys.argv = ["hotline-batch", *sys.argv[1:]]
from hotline_batch.__main__ import main
try:
    main()
except SystemExit as ended:
    code = ended.code
print("\\n" + json.dumps([code, sorted(sys.modules)]))
"""


def _every_command(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield words
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _every_command(found, (*words, name))


@pytest.mark.parametrize("words", list(_every_command(main)), ids=lambda words: " ".join(words) or "group")
def test_help_is_light_and_shows_an_example(words: Sequence[str]) -> None:
    """Exit 0, an example, and none of the heavy libraries that the commands need."""
    done = subprocess.run(
        [sys.executable, "-c", _LOADED_BY_HELP, *words, "-h" if len(words) == 1 else "--help"],
        capture_output=True, check=True, text=True, timeout=PATIENCE_SECONDS, env=os.environ | {"COLUMNS": "100"},
    )  # fmt: skip

    text, _, last = done.stdout.rstrip().rpartition("\n")
    code, modules = json.loads(last)
    assert 0 == code
    assert "Usage: hotline-batch" in text
    assert re.search(r"^Examples?:", text, re.MULTILINE)
    assert "hotline-batch " in re.split(r"^Examples?:", text, flags=re.MULTILINE)[1]
    assert set() == HEAVY & set(modules)


def test_version(machine: Machine) -> None:
    """The name and a version."""
    ended = machine.run("--version")

    assert 0 == ended.exit_code
    assert ended.stdout.startswith("hotline-batch 0.") or ended.stdout.startswith("hotline-batch 1.")


Here = Callable[..., Ended]


@pytest.fixture
def here(connected: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Runs a command in this process, as the machine would: a start for each wrong word would cost a minute."""
    monkeypatch.chdir(connected.folder)

    def run_here(*arguments: str) -> Ended:
        for name in [name for name in os.environ if name.startswith(("HOTLINE", "XDG"))]:
            monkeypatch.delenv(name)
        for name, value in connected.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["hotline-batch", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        with pytest.raises(SystemExit) as ended:
            run()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, *capsys.readouterr())

    return run_here


def _binary() -> bytes:
    return bytes(range(256)) * 40


BAD_SHEETS: dict[str, bytes] = {
    "empty.csv": b"",
    "blank.csv": b"\n\n\n",
    "junk.csv": _binary(),
    "junk.xlsx": _binary(),
    "cut.xlsx": b"PK\x03\x04" + _binary(),
    "junk.xls": _binary(),
    "junk.ods": _binary(),
    "empty.xlsx": b"",
    "sheet.pdf": b"%PDF-1.7",
    "without_ids.csv": b"Name,Colour\nAnn,red\n",
    "two_candidates.csv": b"Telegram ID,User ID,message\n1001,1002,Hello\n",
    "same_header_twice.csv": b"user_id,user_id,message\n1001,1002,Hello\n",
}


@pytest.mark.parametrize("command", ["send", "check"])
@pytest.mark.parametrize("name", BAD_SHEETS)
def test_sheet_that_cannot_be_used(
    connected: Machine, server: HostileServer, here: Here, name: str, command: str
) -> None:
    """Exit 2 with words, no request, no traceback, nothing left behind."""
    (connected.folder / name).write_bytes(BAD_SHEETS[name])
    options = ["--yes", "-o", "out.csv"] if command == "send" else ["--for", "send"]

    ended = here(command, name, *options)

    assert 2 == ended.exit_code, ended.stderr
    assert "Error:" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert 0 == asked(server)
    assert [name] == [path.name for path in connected.folder.iterdir()]


USAGE = {
    "missing sheet": ["send", "missing.csv", "--yes"],
    "folder for a sheet": ["send", ".", "--yes"],
    "no sheet": ["send", "--yes"],
    "unknown command": ["sned", "sheet.csv"],
    "unknown option": ["send", "sheet.csv", "--yes", "--speed", "9"],
    "rate": ["send", "sheet.csv", "--yes", "--rate", "fast"],
    "rate of zero": ["send", "sheet.csv", "--yes", "--rate", "0/s"],
    "concurrency": ["send", "sheet.csv", "--yes", "--concurrency", "0"],
    "timeout": ["send", "sheet.csv", "--yes", "--timeout", "-1"],
    "timeout not a number": ["send", "sheet.csv", "--yes", "--timeout", "nan"],
    "max errors": ["send", "sheet.csv", "--yes", "--max-errors", "many"],
    "duplicate window": ["send", "sheet.csv", "--yes", "--duplicate-window", "yesterday"],
    "rows": ["send", "sheet.csv", "--yes", "--rows", "9-3"],
    "map": ["send", "sheet.csv", "--yes", "--map", "user_id"],
    "map to nothing": ["send", "sheet.csv", "--yes", "--map", "user_id=Nowhere"],
    "encoding": ["send", "sheet.csv", "--yes", "--encoding", "klingon"],
    "delimiter": ["send", "sheet.csv", "--yes", "--delimiter", "::"],
    "worksheet of a CSV": ["send", "sheet.csv", "--yes", "--worksheet", "Sheet1"],
    "header row": ["send", "sheet.csv", "--yes", "--header-row", "99"],
    "template": ["send", "sheet.csv", "--yes", "-t", "missing_template"],
    "broken template": ["send", "sheet.csv", "--yes", "-m", "Hello {{ Name"],
    "column of the template": ["send", "sheet.csv", "--yes", "-m", "Hello {{ Nmae }}"],
    "two messages": ["send", "sheet.csv", "--yes", "-m", "Hello", "-t", "status_update"],
    "connection": ["send", "sheet.csv", "--yes", "--connection", "nobody"],
    "ledger": ["send", "sheet.csv", "--yes", "--ledger", "ledger.sqlite"],
    "ledger in no folder": ["send", "sheet.csv", "--yes", "--ledger", "sqlite:////proc/ledger.sqlite"],
    "foreign ledger": ["send", "sheet.csv", "--yes", "--ledger", "sqlite:///sheet.csv"],
    "config": ["send", "sheet.csv", "--yes", "--config", "missing.toml"],
    "run to resume": ["resume", "20200101-000000-none", "--yes"],
    "nothing to resume": ["resume", "--yes"],
    "run to show": ["runs", "show", "20200101-000000-none"],
    "results of no run": ["results", "20200101-000000-none", "-o", "out.csv"],
    "mishap": ["sandbox", "--port", "0", "--mishap", "meteor=5%"],
    "share": ["sandbox", "--port", "0", "--mishap", "lost_reply=often"],
}


@pytest.mark.parametrize("name", USAGE)
def test_wrong_words_on_the_command_line(connected: Machine, server: HostileServer, here: Here, name: str) -> None:
    """Exit 2 with a sentence, no request, no traceback, the sheet untouched."""
    sheet = connected.write_sheet("sheet.csv", people(2))
    before = sheet.read_bytes()

    ended = here(*USAGE[name])

    assert 2 == ended.exit_code, ended.stderr
    assert "Error:" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "error of its own" not in ended.stderr
    assert 0 == asked(server)
    assert before == sheet.read_bytes()
    assert ["sheet.csv"] == [path.name for path in connected.folder.iterdir()]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("this is no TOML", "hotline-batch.toml"),
        ("sned_rate = '5/s'", "send_rate"),
        ("timeout = 'long'", "timeout"),
        ("endpoint = 'http://example.com/webhook'", "endpoint"),
        ("default_connection = 'nobody'", "default_connection"),
        ("timezone = 'Europe/Atlantis'", "Atlantis"),
        ("ca_file = 'missing.pem'", "missing.pem"),
    ],
)
def test_broken_settings_file(machine: Machine, here: Here, text: str, word: str) -> None:
    """Exit 2; the words name what is wrong."""
    machine.write_sheet("sheet.csv", people(2))
    del machine.environment["HOTLINE_ENDPOINT"]
    (machine.folder / "hotline-batch.toml").write_text(text)

    ended = here("send", "sheet.csv", "--yes", "-o", "out.csv")

    assert 2 == ended.exit_code, ended.stderr
    assert "Error:" in ended.stderr
    assert word in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (machine.folder / "out.csv").exists()


def test_fresh_machine_without_settings(machine: Machine) -> None:
    """Exit 2; the words say what to set, and that there is a sandbox."""
    machine.write_sheet("sheet.csv", people(2))

    ended = machine.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST)

    assert 2 == ended.exit_code
    assert "HOTLINE_INSTANCE" in ended.stderr
    assert "--sandbox" in ended.stderr


@pytest.mark.parametrize("missing", ["HOTLINE_X_API_KEY", "HOTLINE_API_KEY"])
def test_missing_key_is_found_before_the_run(connected: Machine, server: HostileServer, missing: str) -> None:
    """Exit 2 naming the variable, no request."""
    connected.write_sheet("sheet.csv", people(2))
    del connected.environment[missing]

    ended = connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", *FAST)

    assert 2 == ended.exit_code, ended.stderr
    assert missing in ended.stderr
    assert 0 == asked(server)


def test_sandbox_that_cannot_keep_messages(machine: Machine) -> None:
    """It is the file that is in the way, not the port."""
    (machine.folder / "messages").mkdir()

    ended = machine.run("sandbox", "--port", "0", "--messages", "messages/x/y.jsonl")

    assert 2 == ended.exit_code
    assert "--messages" in ended.stderr
    assert "--port" not in ended.stderr
