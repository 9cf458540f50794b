"""The table of commands, and errors as words with an exit code."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from hotline_batch.cli.main import COMMANDS, main, run
from hotline_batch.errors import HotlineBatchError, LedgerError, OutputError, SettingsError, SheetError

SECRET = "k3y-0f-somebody"


def ended_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    """The exit code of a command that ends with this error."""

    @click.command()
    def failing() -> None:
        raise error

    monkeypatch.setattr("hotline_batch.cli.main.main", failing)
    monkeypatch.setattr(sys, "argv", ["hotline-batch"])
    with pytest.raises(SystemExit) as ended:
        run()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_exists(name: str) -> None:
    """Under its own name, and the line of the table is what its help begins with or says shorter."""
    command = main.get_command(click.Context(main), name)

    assert command is not None
    assert name == command.name
    assert command.help


def test_help_lists_every_command() -> None:
    """In the order in which people need them."""
    text = CliRunner().invoke(main, ["--help"]).output

    places = [text.index(f"\n  {name} ") for name in COMMANDS]
    assert sorted(places) == places


def test_unknown_command_is_a_usage_error() -> None:
    """Exit 2, and the nearest command is named."""
    result = CliRunner().invoke(main, ["sned"])

    assert 2 == result.exit_code
    assert "'send'" in result.output


@pytest.mark.parametrize("kind", [SheetError, OutputError, SettingsError, LedgerError])
def test_expected_error_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: type[HotlineBatchError]
) -> None:
    """Its own words and its own exit code; nothing on standard output."""
    error = kind("The sheet is upside down. Turn it.")

    code = ended_with(monkeypatch, error)

    assert error.exit_code == code
    assert ("", "Error: The sheet is upside down. Turn it.\n") == capsys.readouterr()


def test_own_error_keeps_foreign_words_to_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its kind and place are told; its text may hold a key, so it is not; and no traceback."""
    code = ended_with(monkeypatch, RuntimeError(f"Invalid header value {SECRET}"))

    said = capsys.readouterr()
    assert 4 == code
    assert "RuntimeError in test_cli_main.py" in said.err
    assert SECRET not in said.err + said.out
    assert "Traceback" not in said.err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_interrupted_at_a_question(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    """Exit 130 and a word, no traceback."""
    code = ended_with(monkeypatch, error)

    assert 130 == code
    assert "Stopped; nothing more is sent." == capsys.readouterr().err.strip()


def test_reader_that_leaves_is_not_complained_about() -> None:
    """``hotline-batch --help | head -0`` ends without a word."""
    done = subprocess.run(
        ["/bin/sh", "-c", f"'{sys.executable}' -m hotline_batch explain --help | :"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert "" == done.stderr
