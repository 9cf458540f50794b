"""Options that several commands have in common, by the section of the help in which they stand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import click

from hotline_batch.cli.help.command import PACE, READING, RESULTS, Decorated, option, together
from hotline_batch.cli.help.completion import complete_connections, complete_files, complete_runs, complete_templates
from hotline_batch.cli.options import expert
from hotline_batch.language.words import marked
from hotline_batch.option_values import RANGES

# Everyday: the sheet, the message, the result, and whether somebody is asked.

sheet = click.argument("sheet", metavar="SHEET", shell_complete=complete_files)
run_id = click.argument("run_id", metavar="RUN", shell_complete=complete_runs)

message = together(
    option("-m", "--message", metavar="TEXT", help="Message template; {{ column }} is filled in from the row."),
    option(
        "-t", "--template", metavar="NAME|PATH", shell_complete=complete_templates,
        help="Message template by name or from a file.",
    ),
)  # fmt: skip

output = option(
    "-o", "--output", metavar="FILE", shell_complete=complete_files,
    help="Result sheet, .xlsx or .csv; - is CSV on stdout (default: <stem>.results.<ext> beside the sheet).",
)  # fmt: skip
output_of_run = option(
    "-o", "--output", metavar="FILE", shell_complete=complete_files,
    help="Result sheet (default: that of the run, which is replaced).",
)  # fmt: skip


def written_to(text: str, metavar: str = "FILE") -> Callable[[Decorated], Decorated]:
    """The file that a command writes, told in a text, and whether it may replace one."""
    return together(
        option("-o", "--output", metavar=metavar, shell_complete=complete_files, required=True, help=text),
        option("--force", is_flag=True, help="Replace an existing file."),
    )


connection = option(
    "--connection", metavar="NAME", shell_complete=complete_connections, help="Which connection of the settings to use."
)
canary = option(
    "--canary", type=click.IntRange(min=1), metavar="N", help="Do N rows, show their links, ask before going on."
)
dry_run = option("--dry-run", is_flag=True, help="Only look at the sheet, as 'check' does.")
sandbox = option(
    "--sandbox", is_flag=True, help="Use a private pretend Hotline that knows everybody: no account, no network."
)


def agreed(text: str) -> Callable[[Decorated], Decorated]:
    """A yes beforehand to what the command would ask, told in a text."""
    return option("-y", "--yes", is_flag=True, help=text)


yes = agreed(marked("Do not ask before sending."))
detach = option(
    "--detach", is_flag=True, help="Hand the run to a worker, print its id and end; it outlives the terminal."
)
notify = option(
    "--notify", metavar="URL", multiple=True,
    help="Tell somebody at the end and when a person is needed: an address as apprise knows them, or env:NAME, "
    "file:PATH or keyring:SERVICE/NAME where one is kept. May be repeated.",
)  # fmt: skip
confirm = option(
    "--confirm", metavar="NAME", multiple=True, shell_complete=complete_connections,
    help="Name of a connection that asks for it before anything is sent. May be repeated.",
)  # fmt: skip
look = option(
    "--look",
    is_flag=True,
    help="Also ask the API whose the topics are that would decide more, at the pace of look-ups.",
)

# How a sheet is read, and which of its rows count.

_reading = partial(option, section=READING)

layout = together(
    _reading("--worksheet", metavar="NAME", help="Worksheet of the workbook (default: the active, visible one)."),
    _reading("--delimiter", metavar="CHAR", help="Delimiter of a CSV file: ; , tab or |."),
    _reading("--encoding", metavar="NAME", help="Encoding of a CSV file, such as cp1252."),
    _reading(
        "--header-row", type=click.IntRange(*RANGES["header_row"]), metavar="N",
        help="Row that holds the column names; 0: there is none, and the columns are called column_1, column_2, …",
    ),
)  # fmt: skip

some_rows = together(
    _reading("--rows", metavar="2-50,77", help="Only these rows of the sheet."),
    _reading("--limit", type=click.IntRange(min=1), metavar="N", help="At most N usable rows."),
    _reading(
        "--where", metavar="'COLUMN=VALUE'", multiple=True,
        help="Only rows where that is so; also COLUMN!=VALUE and COLUMN~PATTERN. May be repeated.",
    ),
)  # fmt: skip

reading = together(
    layout,
    _reading(
        "--map", "column_map", metavar="FIELD=COLUMN", multiple=True,
        help="Which column holds user_id, message, topic_link, group_id, topic_id or connection. May be repeated.",
    ),
    some_rows,
    _reading(
        "--hidden-rows", type=click.Choice(["skip", "include"]),
        help="What to do with rows that are hidden or filtered out in the workbook (default: stop and say so).",
    ),
)  # fmt: skip

# What stands in a result sheet.

_results = partial(option, section=RESULTS)
_NAME = marked("Column with the people's names, where it is not recognised.")

name_column = _results("--name", "name_column", metavar="COLUMN", help=_NAME)
name_of_doubts = option("--name", "name_column", metavar="COLUMN", help=_NAME)
"""The same of commands that write no result sheet, but tell of rows in doubt."""

result_format = _results(
    "--result-format", type=click.Choice(["xlsx", "csv"]),
    help="Format of a result sheet that lies beside its sheet (default: that of the sheet); XLSX has the worksheet "
    "Problems.",
)  # fmt: skip
force = _results("--force", is_flag=True, help="Replace an existing result sheet.")
only = _results(
    "--only", type=click.Choice(["changed"]),
    help="Write only the rows whose dialog changed since it was looked up before; the others are counted.",
)  # fmt: skip
columns = together(
    _results(
        "--columns", metavar="NAMES",
        help="Only these columns in the result sheet, divided by commas; row number and status are always there.",
    ),
    _results(
        "--leave-out", metavar="NAMES",
        help="Leave these columns out of the result sheet; personal_data stands for names, phones and titles.",
    ),
)  # fmt: skip

# How fast, how patient, when, and when to give up.

_pace = partial(option, section=PACE)

pace = together(
    _pace("--rate", metavar="R", help="Most requests per connection, such as 18/min, 5/s or 1000/h."),
    _pace(
        "--concurrency",
        type=click.IntRange(*RANGES["concurrency"]),
        metavar="N",
        help="Requests in flight at most (8).",
    ),
    _pace("--timeout", type=float, metavar="S", help="Seconds to wait for an answer, at least 10 (30)."),
    _pace("--attempts", type=click.IntRange(*RANGES["attempts"]), metavar="N", help="Attempts per row at most (5)."),
    _pace("--max-errors", metavar="N|P%", help="Stop after N failed rows in a row, or that share of all rows (10)."),
)
start = _pace(
    "--at", metavar="TIME", help="Send nothing before: 09:00 is the next such time; or a date too, 2026-11-27 09:00."
)
hours = together(
    _pace("--between", metavar="HH:MM-HH:MM", help="Send only within these hours, such as 09:00-18:00; else wait."),
    _pace("--days", metavar="DAYS", help="Send only on these days, such as mon-fri or mon,wed,sat; else wait."),
    _pace("--holidays", metavar="COUNTRY", help="Send nothing on the holidays of a country (DE) or region (DE-BY)."),
)
rate_to_reckon_with = _pace("--rate", metavar="R", help="Rate to reckon with, such as 18/min.")
duplicate_window = _pace(
    "--duplicate-window", metavar="D", help="Skip what was sent to the same user within D, such as 24h; 0: never (24h)."
)
max_age = _pace(
    "--max-age", metavar="D", help="Use answers of earlier runs that are younger than D, such as 1d, instead of asking."
)

going_on = together(
    output_of_run,
    yes,
    confirm,
    notify,
    pace,
    start,
    hours,
    expert.talking,
    expert.verbose,
    expert.settings,
)
"""What every command takes that goes on with a run."""
