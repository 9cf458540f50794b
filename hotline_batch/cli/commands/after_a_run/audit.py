"""`hotline-batch audit`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command
from hotline_batch.cli.options import expert, run_options, values
from hotline_batch.cli.screen.console import Console


@click.command("audit", cls=Command, epilog="Example:  hotline-batch audit 20261122-180412-k3f9 -o attempts.jsonl")
@run_options.run_id
@run_options.written_to("File of JSON lines; - is standard output.")
@expert.settings
def audit_command(run_id: str, output: str, *, force: bool, **options: Any) -> int:
    """Write every attempt of RUN, and every word of a person about it, one JSON object a line.

    No keys and no texts are written; a message is told by its SHA-256 and length.
    """
    from hotline_batch.application.exports.audit import write_audit  # noqa: PLC0415 - help needs no rooms

    settings = values.settings_to_tell_with(options["config"], options["ledger"])
    lines = write_audit(settings, run_id, output, force=force)
    if output != "-":
        Console().result(f"{lines:,} lines: {output}")
    return 0
