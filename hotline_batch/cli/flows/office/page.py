"""The page of an office, served from a terminal or by the system."""

from __future__ import annotations

import click

from hotline_batch.language.words import words
from hotline_batch.settings.office import OfficeSettings
from hotline_batch.web.office.serve import serve_office


def open_office(config: str | None, ledger: str | None, port: int | None) -> int:
    """Serve the page of an office until it is ended; the exit code."""
    if port is not None:
        raise click.UsageError(words("The page of an office listens where the settings say (office.listen)."))
    serve_office(_tell, config=config, ledger=ledger)
    return 0


def _tell(office: OfficeSettings) -> None:
    place = f"{office.listen_host}:{office.listen_port}"
    click.echo(
        words(
            "The page of the office is at {address}; its proxy finds it at {place}.",
            address=office.address,
            place=place,
        )
    )
    click.echo(words("Ctrl-C ends it; runs go on."), err=True)
