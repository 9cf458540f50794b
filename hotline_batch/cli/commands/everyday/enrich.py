"""`hotline-batch enrich`."""

from __future__ import annotations

from typing import Any

import click

from hotline_batch.cli.help.command import Command
from hotline_batch.cli.options import everyday, expert, pace, reading, results
from hotline_batch.language.words import marked
from hotline_batch.model.jobs import Kind

_EXAMPLES = """\
Examples:
  hotline-batch enrich topics.csv -o topics.xlsx
  hotline-batch enrich topics.csv --max-age 1d --only changed -o changed.xlsx
  hotline-batch enrich sample_data/topic_links.csv --sandbox"""


@click.command("enrich", cls=Command, epilog=_EXAMPLES)
@everyday.sheet
@everyday.output
@results.result_format
@results.force
@reading.reading
@results.columns
@results.name
@everyday.connection
@pace.pace
@pace.start
@pace.hours
@pace.max_age
@results.only
@everyday.canary
@everyday.detach
@everyday.notify
@everyday.dry_run
@everyday.agreed(marked("Do not ask after --canary; nothing else is asked."))
@everyday.sandbox
@expert.talking
@expert.verbose
@expert.settings
def enrich_command(**options: Any) -> int:
    """Look up one topic per row of SHEET, and add what Hotline knows of it.

    Topics are named by a link column, or by a group id and a topic id. Nothing is changed in Hotline.

    Keys come from HOTLINE_X_API_KEY, HOTLINE_INSTANCE and HOTLINE_API_KEY, or from hotline-batch.toml. HOTLINE_ENDPOINT
    names another address of the service.
    """
    from hotline_batch.cli.flows.batch import do_batch  # noqa: PLC0415 - `enrich --help` needs none of the rooms behind it

    return do_batch(Kind.ENRICH, options)
