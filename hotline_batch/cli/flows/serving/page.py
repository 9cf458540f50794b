"""The page, opened from a terminal, for one person or an office; and its starter for those who open no terminal."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import platformdirs

from hotline_batch.errors import OutputError, SettingsError
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.settings.office import OfficeSettings
from hotline_batch.web.office.serve import serve_office
from hotline_batch.web.serve import Opened, serve_page

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


def open_page(config: str | None, ledger: str | None, port: int | None, *, opens_browser: bool) -> int:
    """Serve the page until it is ended, or open the one that is served."""
    serve_page(_tell_opened, config=config, ledger=ledger, port=port, opens_browser=opens_browser)
    return 0


def _tell_opened(opened: Opened) -> None:
    if opened.is_new:
        said = words("The page is served on this machine. This address opens it, once:")
    else:
        said = words("The page is open already. This address opens it, once:")
    click.echo(f"{said}\n  {opened.address}")
    if opened.is_new:
        click.echo(words("Ctrl-C ends it; runs go on."), err=True)


def put_shortcut(config: str | None, ledger: str | None) -> int:
    """Put a starter on the desktop. OutputError where there is none, or it cannot be written."""
    if ledger:
        raise SettingsError(
            words("A starter names no ledger, since its address may hold a password. Set it in a settings file.")
        )
    desktop = Path(platformdirs.user_desktop_dir())
    made = starter(Path(config).absolute() if config else None)
    path = desktop / made.file_name
    try:
        path.write_bytes(made.content)
        path.chmod(0o755)
    except OSError as error:
        raise OutputError(words("{path} could not be written: {reason}.", path=path, reason=reason_of(error))) from None
    click.echo(f"{path}\n{words('A double click on it opens the page.')}{made.hint}")
    return 0


def open_office(config: str | None, ledger: str | None, port: int | None) -> int:
    """Serve the page of an office until it is ended; the exit code."""
    if port is not None:
        raise click.UsageError(words("The page of an office listens where the settings say (office.listen)."))
    serve_office(_tell_served, config=config, ledger=ledger)
    return 0


def _tell_served(office: OfficeSettings) -> None:
    place = f"{office.listen_host}:{office.listen_port}"
    click.echo(
        words(
            "The page of the office is at {address}; its proxy finds it at {place}.",
            address=office.address,
            place=place,
        )
    )
    click.echo(words("Ctrl-C ends it; runs go on."), err=True)
