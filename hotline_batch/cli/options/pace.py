"""How fast, how patient, and when to give up."""

from __future__ import annotations

from functools import partial

import click

from hotline_batch.cli.help.command import PACE, together
from hotline_batch.cli.help.command import option as any_option

option = partial(any_option, section=PACE)

pace = together(
    option("--rate", metavar="R", help="Most requests per connection, such as 18/min, 5/s or 1000/h."),
    option("--concurrency", type=click.IntRange(1, 256), metavar="N", help="Requests in flight at most (8)."),
    option("--timeout", type=float, metavar="S", help="Seconds to wait for an answer, at least 10 (30)."),
    option("--attempts", type=click.IntRange(1, 100), metavar="N", help="Attempts per row at most (5)."),
    option("--max-errors", metavar="N|P%", help="Stop after N failed rows in a row, or that share of all rows (10)."),
)
start = option(
    "--at", metavar="TIME", help="Send nothing before: 09:00 is the next such time; or a date too, 2026-11-27 09:00."
)
hours = together(
    option("--between", metavar="HH:MM-HH:MM", help="Send only within these hours, such as 09:00-18:00; else wait."),
    option("--days", metavar="DAYS", help="Send only on these days, such as mon-fri or mon,wed,sat; else wait."),
    option("--holidays", metavar="COUNTRY", help="Send nothing on the holidays of a country (DE) or region (DE-BY)."),
)
rate_to_reckon_with = option("--rate", metavar="R", help="Rate to reckon with, such as 18/min.")
duplicate_window = option(
    "--duplicate-window", metavar="D", help="Skip what was sent to the same user within D, such as 24h; 0: never (24h)."
)
max_age = option(
    "--max-age", metavar="D", help="Use answers of earlier runs that are younger than D, such as 1d, instead of asking."
)
