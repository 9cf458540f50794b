"""What stands in a result sheet."""

from __future__ import annotations

from functools import partial

import click

from hotline_batch.cli.help.command import RESULTS, together
from hotline_batch.cli.help.command import option as any_option
from hotline_batch.language.words import marked

option = partial(any_option, section=RESULTS)

NAME = marked("Column with the people's names, where it is not recognised.")

name = option("--name", "name_column", metavar="COLUMN", help=NAME)
result_format = option(
    "--result-format", type=click.Choice(["xlsx", "csv"]),
    help="Format of a result sheet that lies beside its sheet (default: that of the sheet); XLSX has the worksheet "
    "Problems.",
)  # fmt: skip
force = option("--force", is_flag=True, help="Replace an existing result sheet.")
only = option(
    "--only", type=click.Choice(["changed"]),
    help="Write only the rows whose dialog changed since it was looked up before; the others are counted.",
)  # fmt: skip
columns = together(
    option(
        "--columns", metavar="NAMES",
        help="Only these columns in the result sheet, divided by commas; row number and status are always there.",
    ),
    option(
        "--leave-out", metavar="NAMES",
        help="Leave these columns out of the result sheet; personal_data stands for names, phones and titles.",
    ),
)  # fmt: skip
