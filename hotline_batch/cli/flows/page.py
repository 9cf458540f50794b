"""The page, opened from a terminal; and its starter for those who open none."""

from __future__ import annotations

from pathlib import Path

import click
import platformdirs

from hotline_batch.cli.flows.shortcut import starter
from hotline_batch.errors import OutputError, SettingsError
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.web.serve import Opened, serve_page


def open_page(config: str | None, ledger: str | None, port: int | None, *, opens_browser: bool) -> int:
    """Serve the page until it is ended, or open the one that is served."""
    serve_page(_tell, config=config, ledger=ledger, port=port, opens_browser=opens_browser)
    return 0


def _tell(opened: Opened) -> None:
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
