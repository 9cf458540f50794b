"""The `hotline-batch` command: a table of commands loaded on first use, and errors as words with an exit code."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import traceback

import click

from hotline_batch.cli.help.command import Group, Option, option, write_commands
from hotline_batch.cli.help.refusals import refusal_words
from hotline_batch.cli.options import language
from hotline_batch.cli.screen.next_step_words import error_words
from hotline_batch.cli.screen.streams import end_streams, is_read_by_nobody
from hotline_batch.errors import HotlineBatchError, NotWritten
from hotline_batch.language.words import marked, words

# Each command with one line of help, in the order in which people need them. `--help` reads this table alone: importing
# the rooms behind the commands costs over a second.
COMMAND_GROUPS = {
    "Everyday": {
        "ui": "Open the page in the browser: all of this without a terminal.",
        "check": "Look at a sheet as 'send' or 'enrich' would, without a request.",
        "send": "Send one message per row of a sheet into the users' topics.",
        "enrich": "Look up one topic per row of a sheet and add what is known of it.",
        "runs": "List the runs of the ledger, show one, forget old ones.",
        "results": "Write the result sheet of a run again, at any time.",
    },
    "After a run": {
        "resume": "Go on with a run that was interrupted or stopped.",
        "retry": "Try the failed rows of a run again.",
        "correct": "Send a correction to exactly those who got a message of a run.",
        "stop": "Ask whoever works on a run to stop.",
        "approve": "Approve what somebody else prepared, where the settings ask for that.",
        "reject": "Let nothing of a run be sent that somebody else prepared, and say why.",
        "resolve": "Settle rows whose delivery is not known.",
        "verify": "Compare a run with Telegram's own export of the group.",
        "report": "Write a web page about one or several runs.",
        "audit": "Write every attempt of a run, one JSON object a line.",
        "explain": "Say what an error code means and what to do.",
    },
    "Set-up": {
        "connections": "List the connections of the settings, test one, add one.",
        "template": "Message templates, and blank sheets to fill in.",
        "office": "Accounts of the page for several people, and who did what.",
        "notify": "Try whether those who are to hear of runs can be told.",
        "doctor": "Look for what is in the way, and say what to mend.",
        "watch": "Serve an inbox folder: every sheet in it becomes a run.",
        "worker": "Work on runs that were handed over.",
        "sandbox": "Serve a pretend Hotline on this machine, for trying things out.",
        "completion": "Print a script that completes words after Tab in a shell.",
    },
}
_MODULES = {
    "sheets": ("check", "send", "enrich"),
    "runs": ("runs", "results", "report", "audit"),
    "going_on": ("resume", "retry", "stop", "correct", "resolve", "verify"),
    "office": ("office", "approve", "reject"),
    "serving": ("ui", "watch", "worker", "sandbox"),
    "connections": ("connections", "notify"),
    "templates": ("template",),
    "assistance": ("doctor", "explain", "completion"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}
COMMANDS = {name: _MODULE_OF[name] for group in COMMAND_GROUPS.values() for name in group}
"""Each command, and its module among `commands`."""
_EXAMPLES = """\
Examples:
  hotline-batch check contacts.xlsx
  hotline-batch send contacts.xlsx --canary 3 -o sent.xlsx
  hotline-batch send sample_data/status_updates.xlsx --sandbox
"""
_KEYS = marked(
    "Keys come from HOTLINE_X_API_KEY, HOTLINE_INSTANCE and HOTLINE_API_KEY, or from hotline-batch.toml\n"
    "(HOTLINE_BATCH_CONFIG). HOTLINE_ENDPOINT is another address of the service, HOTLINE_BATCH_LEDGER the ledger."
)
USAGE_EXIT_CODE = 2
INTERRUPTED_EXIT_CODE = 130
INTERNAL_EXIT_CODE = 4


class _Commands(Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"hotline_batch.cli.commands.{COMMANDS[cmd_name]}")
        command = getattr(module, f"{cmd_name}_command")
        assert isinstance(command, click.Command)  # noqa: S101 - the table and the modules belong together
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        for title, lines in COMMAND_GROUPS.items():
            said = ((name, words(line)) for name, line in lines.items())
            write_commands(formatter, words(title), said)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"{_EXAMPLES}\n{_KEYS}",
)
@option(
    "--language",
    metavar="CODE",
    callback=language.speaks,
    expose_value=False,
    is_eager=True,
    help="Language of all words for people, such as de, en, es or ru.",
)
@click.version_option(
    package_name="hotline-batch",
    message="hotline-batch %(version)s",
    cls=Option,
    help=marked("Show the version and exit."),
)
def main() -> None:
    """Send a spreadsheet through the Hotline Topics API.

    Every row is accounted for, and no message is sent twice.
    """


def run() -> None:
    """Run the command line and end the process: words on standard error, no traceback, an exit code that is true."""
    try:
        language.speak_as_the_system()
        _end_as_by_ctrl_c()
        code = main(prog_name="hotline-batch", standalone_mode=False)
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    except click.exceptions.NoArgsIsHelpError as asked:
        asked.show()
        code = USAGE_EXIT_CODE
    except click.ClickException as refused:
        click.echo(_refusal(refused), err=True)
        code = USAGE_EXIT_CODE
    except click.Abort:
        click.echo(words("Stopped; nothing more is sent."), err=True)
        code = INTERRUPTED_EXIT_CODE
    except HotlineBatchError as error:
        if not (isinstance(error, NotWritten) and is_read_by_nobody(error)):
            click.echo(words("Error: {error}", error=error_words(error)), err=True)
        code = error.exit_code
    except KeyboardInterrupt:
        click.echo(words("Interrupted."), err=True)
        code = INTERRUPTED_EXIT_CODE
    except Exception as error:  # noqa: BLE001 - only --debug shows a traceback, in the log
        click.echo(_apology(error), err=True)
        code = INTERNAL_EXIT_CODE
    code = code if isinstance(code, int) else 0
    sys.exit(code if end_streams() else code or NotWritten.exit_code)


def _end_as_by_ctrl_c() -> None:
    """Let SIGTERM, and SIGHUP where it is not ignored, unwind the program, so that no half written file stays behind.

    Runs, while they go on, have a way of their own to end.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def _refusal(refused: click.ClickException) -> str:
    """What is wrong first; then where help is, if it is about how the command is written."""
    context = refused.ctx if isinstance(refused, click.UsageError) else None
    told = words("Error: {error}", error=refusal_words(refused))
    if context is None:
        return told
    help_line = words("'{command} --help' shows how it is written.", command=context.command_path)
    return f"{told}\n{help_line}"


def _apology(error: Exception) -> str:
    # Only the kind and the place: the text of a foreign exception may hold a key or a customer's name.
    place = traceback.extract_tb(error.__traceback__)[-1]
    return words(
        "Error: the program met an error of its own ({name} in {path}, line {lineno}). Nothing "
        "that was sent is forgotten: see 'hotline-batch runs list'. Please report this.",
        name=type(error).__name__,
        path=os.path.basename(place.filename),  # noqa: PTH119 - a name, not a path
        lineno=place.lineno,
    )
