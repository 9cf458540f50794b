"""`hotline-batch verify`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.help.completion import complete_files, complete_runs
from hotline_batch.cli.options import evidence, expert


@click.command(
    "verify",
    cls=Command,
    epilog="Example:  hotline-batch verify 20261122-180412-k3f9 --export result.json -o proof.xlsx",
)
@click.argument("run_ids", metavar="RUN...", nargs=-1, required=True, shell_complete=complete_runs)
@option(
    "--export", "export_path", metavar="FILE", required=True, shell_complete=complete_files,
    help="The group as Telegram Desktop exported it: result.json, or its folder.",
)  # fmt: skip
@evidence.look
@evidence.name
@option("-o", "--output", metavar="FILE", shell_complete=complete_files, help="Workbook with every row, .xlsx.")
@option("--force", is_flag=True, help="Replace an existing file.")
@expert.talking
@expert.settings
def verify_command(run_ids: tuple[str, ...], **options: Any) -> int:
    """Compare RUNs with Telegram's own export of the group: what is there, what is not, what is there twice.

    Nothing is changed. Exit code 0: all agrees; 1: the export contradicts the ledger; 3: of some rows it does not tell;
    2: the file cannot be used.
    """
    from hotline_batch.cli.flows.evidence import verify  # noqa: PLC0415 - help needs none of the rooms behind it

    return verify(run_ids, options)
