"""The page of an office, served from a terminal or by the system."""

from __future__ import annotations

import click

from hotline_batch.settings.office import OfficeSettings
from hotline_batch.web.office.serve import serve_office


def open_office(config: str | None, ledger: str | None, port: int | None) -> int:
    """Serve the page of an office until it is ended; the exit code."""
    if port is not None:
        raise click.UsageError("The page of an office listens where the settings say (office.listen).")
    serve_office(_tell, config=config, ledger=ledger)
    return 0


def _tell(office: OfficeSettings) -> None:
    place = f"{office.listen_host}:{office.listen_port}"
    click.echo(f"The page of the office is at {office.address}; its proxy finds it at {place}.")
    click.echo("Ctrl-C ends it; runs go on.", err=True)
