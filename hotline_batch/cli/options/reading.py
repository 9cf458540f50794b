"""How a sheet is read, and which of its rows count."""

from __future__ import annotations

from functools import partial

import click

from hotline_batch.cli.help.command import READING, together
from hotline_batch.cli.help.command import option as any_option

option = partial(any_option, section=READING)

layout = together(
    option("--worksheet", metavar="NAME", help="Worksheet of the workbook (default: the active, visible one)."),
    option("--delimiter", metavar="CHAR", help="Delimiter of a CSV file: ; , tab or |."),
    option("--encoding", metavar="NAME", help="Encoding of a CSV file, such as cp1252."),
    option(
        "--header-row", type=click.IntRange(min=0), metavar="N",
        help="Row that holds the column names; 0: there is none, and the columns are called column_1, column_2, …",
    ),
)  # fmt: skip

some_rows = together(
    option("--rows", metavar="2-50,77", help="Only these rows of the sheet."),
    option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N usable rows."),
    option(
        "--where", metavar="'COLUMN=VALUE'", multiple=True,
        help="Only rows where that is so; also COLUMN!=VALUE and COLUMN~PATTERN. May be repeated.",
    ),
)  # fmt: skip

reading = together(
    layout,
    option(
        "--map", "column_map", metavar="FIELD=COLUMN", multiple=True,
        help="Which column holds user_id, message, topic_link, group_id, topic_id or connection. May be repeated.",
    ),
    some_rows,
    option(
        "--hidden-rows", type=click.Choice(["skip", "include"]),
        help="What to do with rows that are hidden or filtered out in the workbook (default: stop and say so).",
    ),
)  # fmt: skip
