"""`hotline-batch enrich`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli import options as opts
from hotline_batch.model import Kind


@click.command("enrich", epilog="Example:  hotline-batch enrich topics.csv -o topics.xlsx")
@opts.sheet
@opts.writing
@opts.reading
@opts.columns
@opts.connection
@opts.pace
@opts.max_age
@opts.only
@opts.canary
@click.option("--dry-run", is_flag=True, help="Only look at the sheet, as 'check' does.")
@opts.yes
@opts.sandbox
@opts.talking
@opts.verbose
@opts.settings
def enrich_command(**options: Any) -> int:
    """Look up one topic per row of SHEET, and add what Hotline knows of it.

    Topics are named by a link column, or by a group id and a topic id. Nothing is changed in Hotline.

    Keys come from HOTLINE_X_API_KEY, HOTLINE_INSTANCE and HOTLINE_API_KEY, or from hotline-batch.toml. HOTLINE_ENDPOINT
    names another address of the service.
    """
    from hotline_batch.cli.batch import do_batch  # noqa: PLC0415 - `enrich --help` needs none of the rooms behind it

    return do_batch(Kind.ENRICH, options)
