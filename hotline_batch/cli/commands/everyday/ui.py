"""`hotline-batch ui`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.options import expert


@click.command("ui", cls=Command, epilog="Example:  hotline-batch ui --shortcut")
@option("--port", type=click.IntRange(1, 65535), metavar="N", help="Port on 127.0.0.1; that of the last time, or any.")
@option("--no-browser", is_flag=True, help="Only print the address.")
@option("--shortcut", is_flag=True, help="Put a starter for the page on the desktop, and do nothing else.")
@option("--office", is_flag=True, help="Serve it to several people, behind a proxy of your own, as [office] says.")
@expert.settings
def ui_command(port: int | None, *, no_browser: bool, shortcut: bool, office: bool, **options: Any) -> int:
    """Open the page: everything that this program does, in the browser.

    It is served on this machine alone, until Ctrl-C or 'End the program' on the page. Runs go on when it ends. Where it
    is served already, it is opened once more. The address that is printed opens it once, within an hour.

    With --office it is the page of several people, who sign in: on a ledger in PostgreSQL, behind a proxy that speaks
    TLS, as the table [office] of the settings file says.
    """
    from hotline_batch.cli.flows.page import open_page, put_shortcut  # noqa: PLC0415 - help needs none of it

    if office:
        from hotline_batch.cli.flows.office.page import open_office  # noqa: PLC0415 - the same

        return open_office(options["config"], options["ledger"], port)
    if shortcut:
        return put_shortcut(options["config"], options["ledger"])
    return open_page(options["config"], options["ledger"], port, opens_browser=not no_browser)
