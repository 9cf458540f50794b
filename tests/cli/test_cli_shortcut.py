"""A starter for the desktop, for each kind of machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline_batch.cli.flows.serving.page import starter
from hotline_batch.cli.main import main


def test_desktop_entry_quotes_what_a_path_may_hold() -> None:
    """Blanks, quotation marks, per cents and dollars."""
    made = starter(Path('/home/ä b/100% "$x".toml'), platform="linux", python="/opt/py 3/bin/python")

    line = next(line for line in made.content.decode().splitlines() if line.startswith("Exec="))
    assert (
        r'''Exec="/opt/py 3/bin/python" "-m" "hotline_batch" "ui" "--config" "/home/ä b/100%% \\"\\$x\\".toml"'''
        == line
    )


@pytest.mark.skipif(os.name == "nt", reason="a script of the shell")
def test_macos_starter_is_a_script_that_runs(tmp_path: Path) -> None:
    """With the words as they are, whatever they hold."""
    made = starter(Path("/it's here.toml"), platform="darwin", python="/bin/echo")
    script = tmp_path / made.file_name
    script.write_bytes(made.content)
    script.chmod(0o755)

    said = subprocess.run([script], capture_output=True, text=True, check=True).stdout

    assert "-m hotline_batch ui --config /it's here.toml\n" == said


def test_windows_starter_names_its_python() -> None:
    """And waits where something went wrong, so that the words can be read."""
    text = starter(None, platform="win32", python=r"C:\Program Files\Python\python.exe").content.decode()

    assert '"C:\\Program Files\\Python\\python.exe" "-m" "hotline_batch" "ui"\r\n' in text
    assert text.endswith("if errorlevel 1 pause\r\n")


def test_shortcut_lands_on_the_desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready for a double click."""
    monkeypatch.setenv("XDG_DESKTOP_DIR", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("platformdirs.user_desktop_dir", lambda: str(tmp_path))

    ended = CliRunner().invoke(main, ["ui", "--shortcut"], standalone_mode=False)

    (made,) = [path for path in tmp_path.iterdir() if path.is_file()]
    assert str(made) in ended.output
    assert os.name == "nt" or made.stat().st_mode & 0o100
