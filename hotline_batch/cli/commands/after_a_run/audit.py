"""`hotline-batch audit`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.help.completion import complete_files, complete_runs
from hotline_batch.cli.options import expert
from hotline_batch.language.words import words


@click.command(
    "audit",
    cls=Command,
    epilog="Examples:\n"
    "  hotline-batch audit 20261122-180412-k3f9 -o attempts.jsonl\n"
    "  hotline-batch audit 20261122-180412-k3f9 --verify\n"
    "  hotline-batch audit --verify attempts.jsonl",
)
@click.argument("run_id", metavar="[RUN]", required=False, shell_complete=complete_runs)
@click.argument("file", metavar="[FILE]", required=False, shell_complete=complete_files)
@option(
    "-o", "--output", metavar="FILE", shell_complete=complete_files,
    help="File of JSON lines to write; - is standard output.",
)  # fmt: skip
@option("--force", is_flag=True, help="Replace an existing file.")
@option(
    "--verify", is_flag=True,
    help="Find what was altered, removed or put in between: in the ledger, or in a FILE that this command wrote.",
)  # fmt: skip
@option("--json", "as_json", is_flag=True, help="With --verify: one JSON object on standard output.")
@expert.settings
def audit_command(run_id: str | None, file: str | None, **options: Any) -> int:
    """Write every attempt of RUN, and every word of a person about it, one JSON object a line.

    No keys and no texts are written; a message is told by its SHA-256 and length. Each line is chained to the one
    before it, so that --verify finds one changed byte: in a FILE by itself, and beside the ledger where that has the
    run. Exit code 0: all is as it was written; 1: it is not.
    """
    from hotline_batch.cli.flows.audit import verify, write  # noqa: PLC0415 - help needs none of the rooms behind it

    if options["verify"]:
        return verify(run_id, file, options)
    if file is not None or run_id is None:
        raise click.UsageError(
            words("Say which RUN, and the file to write with -o FILE; a FILE is looked at with --verify.")
        )
    return write(run_id, options)
