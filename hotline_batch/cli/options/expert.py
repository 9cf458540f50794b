"""Words for scripts, settings, the ledger, the log."""

from __future__ import annotations

from functools import partial

import click

from hotline_batch.cli.help.command import EXPERT, together
from hotline_batch.cli.help.command import option as any_option
from hotline_batch.cli.help.completion import complete_files
from hotline_batch.cli.log.command_log import logged
from hotline_batch.cli.options.language import speaks
from hotline_batch.settings.process import FORMATS

option = partial(any_option, section=EXPERT)

no_color = option("--no-color", is_flag=True, help="No colours (also: NO_COLOR).")
talking = together(
    option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object on standard output."),
    option("-q", "--quiet", is_flag=True, help="Say only what went wrong."),
    no_color,
)
language = option(
    "--language", metavar="CODE", callback=speaks, expose_value=False, is_eager=True,
    help="Language of all words for people, such as de, en, es or ru (HOTLINE_BATCH_LANGUAGE).",
)  # fmt: skip
verbose = option("-v", "--verbose", is_flag=True, help="Also say where each setting comes from.")

logging = together(
    language,
    option(
        "--log-file", metavar="FILE", shell_complete=complete_files,
        help="Write down what the program does, never keys or texts (HOTLINE_BATCH_LOG_FILE).",
    ),
    option(
        "--log-format", type=click.Choice(FORMATS), metavar="text|json",
        help="Form of the log: text, or one JSON object a line (HOTLINE_BATCH_LOG_FORMAT).",
    ),
    option(
        "--debug", is_flag=True,
        help="Write down more, and tracebacks; without a log file on the screen (HOTLINE_BATCH_DEBUG).",
    ),
)  # fmt: skip
"""What every command takes; beneath it stands ``logged``, or one of its variants."""

config = option(
    "--config", metavar="FILE", shell_complete=complete_files,
    help="Settings file (HOTLINE_BATCH_CONFIG, hotline-batch.toml).",
)  # fmt: skip
places = together(
    option("--ledger", metavar="URL", help="Where runs are kept, such as sqlite:///PATH (HOTLINE_BATCH_LEDGER)."),
    config,
)
settings = together(places, logging, logged)
