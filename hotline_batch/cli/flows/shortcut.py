"""This machine's kind -> a file that opens the page when it is double-clicked."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from hotline_batch.language.words import words

_NAME = "Hotline batch"


@dataclass(frozen=True, slots=True)
class Starter:
    """The file, and what a person needs to know besides."""

    file_name: str
    content: bytes
    hint: str = ""


def starter(config: Path | None, *, platform: str = sys.platform, python: str = sys.executable) -> Starter:
    """A starter with the Python that runs now, and the settings file that was named."""
    command = [python, "-m", "hotline_batch", "ui", *(["--config", str(config)] if config else [])]
    match platform:
        case "win32":
            line = " ".join(f'"{word}"'.replace("%", "%%") for word in command)
            text = f"@echo off\r\nchcp 65001 >nul\r\ntitle {_NAME}\r\n{line}\r\nif errorlevel 1 pause\r\n"
            return Starter(f"{_NAME}.bat", text.encode("utf-8"))
        case "darwin":
            return Starter(f"{_NAME}.command", f"#!/bin/sh\nexec {shlex.join(command)}\n".encode())
        case _:
            line = " ".join(map(_desktop_word, command))
            text = (
                f"[Desktop Entry]\nType=Application\nName={_NAME}\nComment=Send a spreadsheet through Hotline\n"
                f"Exec={line}\nTerminal=false\nCategories=Office;\n"
            )
            hint = " " + words("(Some desktops first want a right click and 'Allow launching'.)")
            return Starter("hotline-batch.desktop", text.encode("utf-8"), hint)


def _desktop_word(word: str) -> str:
    """One word of an Exec line: quoted, with what the desktop would expand escaped, then escaped as a value."""
    for sign in ("\\", '"', "`", "$"):
        word = word.replace(sign, f"\\{sign}")
    return '"' + word.replace("%", "%%").replace("\\", "\\\\") + '"'
