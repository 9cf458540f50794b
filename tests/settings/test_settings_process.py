"""What is written into a log, where and in which form: flags, variables, the file, in this order of weight."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hotline_batch.errors import SettingsError
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.process import LogChoices, check_log_file, log_choices
from hotline_batch.settings.shown_settings import shown_settings

TOML = 'log_file = "of-the-file.log"\nlog_format = "json"\ndebug = true\n'
VARIABLES = {
    "HOTLINE_BATCH_LOG_FILE": "of-a-variable.log",
    "HOTLINE_BATCH_LOG_FORMAT": "text",
    "HOTLINE_BATCH_DEBUG": "0",
}


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def chosen(work: Path, given: dict[str, object] | None = None, **environ: str) -> LogChoices:
    return log_choices(given or {}, environ=environ, working_folder=work)


def test_nothing_is_written_unless_somebody_says_so(work: Path) -> None:
    assert LogChoices(None, "text", debug=False) == chosen(work)


def test_settings_file_names_a_log_in_its_own_folder(work: Path) -> None:
    (work / "elsewhere").mkdir()
    (work / "elsewhere" / "mine.toml").write_text(TOML)

    found = log_choices({}, config="elsewhere/mine.toml", environ={}, working_folder=work)

    assert LogChoices(work / "elsewhere" / "of-the-file.log", "json", debug=True) == found


def test_variable_goes_before_the_file_and_flag_before_the_variable(work: Path) -> None:
    """Each by itself; a variable that says no is heard, too."""
    (work / "hotline-batch.toml").write_text(TOML)

    by_variables = chosen(work, **VARIABLES)
    by_flags = chosen(work, {"log_file": "typed.log", "log_format": "json", "debug": True}, **VARIABLES)
    mixed = chosen(work, {"log_file": None, "log_format": None, "debug": True}, HOTLINE_BATCH_LOG_FILE="mine.log")

    assert LogChoices(work / "of-a-variable.log", "text", debug=False) == by_variables
    assert LogChoices(work / "typed.log", "json", debug=True) == by_flags
    assert LogChoices(work / "mine.log", "json", debug=True) == mixed


@pytest.mark.parametrize(("name", "value"), [("HOTLINE_BATCH_DEBUG", "perhaps"), ("HOTLINE_BATCH_LOG_FORMAT", "xml")])
def test_variable_that_cannot_be_used_is_named(work: Path, name: str, value: str) -> None:
    """By whoever asks for the log, and by whoever asks for all settings."""
    with pytest.raises(SettingsError, match=name):
        chosen(work, **{name: value})
    with pytest.raises(SettingsError, match=name):
        load_settings(environ={name: value}, working_folder=work)


@pytest.mark.parametrize("line", ["log_file = 5", 'log_file = ""', 'log_format = "xml"', 'debug = "yes"', "broken ="])
def test_what_is_wrong_in_the_file_is_said_by_the_settings(work: Path, line: str) -> None:
    """There it counts as not written, so that a command can say what is wrong."""
    (work / "hotline-batch.toml").write_text(line)

    assert LogChoices() == chosen(work)
    with pytest.raises(SettingsError, match=r"hotline-batch\.toml"):
        load_settings(environ={}, working_folder=work)


def test_origins_tell_the_log(work: Path) -> None:
    """Of a flag, a variable, the file, and by default."""
    (work / "hotline-batch.toml").write_text('log_format = "json"\n')
    environ = {"HOTLINE_BATCH_DEBUG": "1"}

    told = shown_settings(environ=environ, working_folder=work, given={"log_file": "typed.log"})

    found = {origin.key: (origin.shown, origin.source) for origin in told}
    assert ("typed.log", "command line") == found["log_file"]
    assert ("json", str(work / "hotline-batch.toml")) == found["log_format"]
    assert ("true", "environment variable HOTLINE_BATCH_DEBUG") == found["debug"]
    assert ("not set", "default") == {
        origin.key: (origin.shown, origin.source) for origin in shown_settings(environ={}, working_folder=work)
    }["log_file"]


def test_log_is_made_for_its_owner_alone_and_what_is_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "run.log"

    check_log_file(path)
    made = path.stat()
    path.write_text("a line\n")
    check_log_file(path)

    assert 0o600 == made.st_mode & 0o777
    assert "a line\n" == path.read_text()


def test_log_that_would_damage_something_is_refused(tmp_path: Path) -> None:
    """A folder, a workbook, a file that the command reads or writes, under whatever name it is reached."""
    sheet, workbook, link = tmp_path / "sheet.csv", tmp_path / "book.xlsx", tmp_path / "link.log"
    sheet.write_text("user_id,message\n")
    workbook.write_bytes(b"PK\x03\x04\0\0\0")
    link.symlink_to(sheet)

    other, pipe = tmp_path / "book.log", tmp_path / "pipe.log"
    other.write_bytes(workbook.read_bytes())
    os.mkfifo(pipe)
    refused = [(tmp_path, None), (workbook, None), (other, None), (pipe, None), (link, {"the sheet": str(sheet)})]
    refused += [(tmp_path / "other.csv", None), (tmp_path / "hotline-batch.toml", None)]
    for path, others in refused:
        with pytest.raises(SettingsError, match=path.name):
            check_log_file(path, others)

    assert "user_id,message\n" == sheet.read_text()


@pytest.mark.skipif(os.name != "posix", reason="needs /dev/full")
def test_where_no_file_can_be_made_the_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file or directory"):
        check_log_file(tmp_path / "missing" / "run.log")
