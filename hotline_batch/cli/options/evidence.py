"""Options of commands that take Telegram's export as a witness, or tell of rows in doubt."""

from __future__ import annotations

from hotline_batch.cli.help.command import option
from hotline_batch.cli.options.results import NAME

look = option(
    "--look",
    is_flag=True,
    help="Also ask the API whose the topics are that would decide more, at the pace of look-ups.",
)
name = option("--name", "name_column", metavar="COLUMN", help=NAME)
