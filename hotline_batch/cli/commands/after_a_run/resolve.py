"""`hotline-batch resolve`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.help.completion import complete_files
from hotline_batch.cli.options import evidence as evidence_options
from hotline_batch.cli.options import run_options


@click.command(
    "resolve",
    cls=Command,
    epilog="Examples:\n"
    "  hotline-batch resolve 20261122-180412-k3f9 --rows 17,44 --delivered --note 'seen in the topic'\n"
    "  hotline-batch resolve 20261122-180412-k3f9 --from-export result.json",
)
@run_options.run_id
@option("--delivered", is_flag=True, help="The message is in the topic.")
@option("--not-delivered", is_flag=True, help="The message is not in the topic.")
@option("--resend", is_flag=True, help="Send these rows again now, at the risk of a second copy.")
@option(
    "--from-export", metavar="FILE", shell_complete=complete_files,
    help="Settle what Telegram's export of the group proves, see 'verify'.",
)  # fmt: skip
@evidence_options.look
@evidence_options.name
@option("--rows", metavar="17,44", multiple=True, help="These rows of the sheet. May be repeated.")
@option("--all", "all_rows", is_flag=True, help="Every row that is 'unknown'.")
@option("--note", default="", metavar="TEXT", help="Why; kept for audit.")
@run_options.going_on
def resolve_command(run_id: str, output: str | None, **options: Any) -> int:
    """Settle rows of RUN whose delivery is not known, after looking into their topics.

    On a terminal, without --rows and --all, it goes through the rows one by one. Who settled which row, when and why is
    kept in the ledger.
    """
    from hotline_batch.cli.flows import evidence, existing_run, one_by_one  # noqa: PLC0415 - help needs no rooms

    if options["from_export"]:
        return evidence.resolve_from_export(run_id, output, options)
    if one_by_one.is_wanted(options):
        return one_by_one.resolve(run_id, output, options)
    return existing_run.resolve(run_id, output, options)
