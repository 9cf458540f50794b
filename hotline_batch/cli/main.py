"""The `hotline-batch` command: a table of commands loaded on first use, and errors as words with an exit code."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import traceback
from difflib import get_close_matches

import click

from hotline_batch.cli.streams import end_streams, is_read_by_nobody
from hotline_batch.errors import HotlineBatchError, NotWritten

# Name -> module of this room and one line of help. `--help` reads only this table: importing the rooms behind the
# commands costs over a second.
COMMANDS = {
    "send": ("send", "Send one message per row of a sheet into the users' topics."),
    "enrich": ("enrich", "Look up one topic per row of a sheet and add what is known of it."),
    "check": ("check", "Look at a sheet as 'send' or 'enrich' would, without a request."),
    "resume": ("resume", "Go on with a run that was interrupted or stopped."),
    "retry": ("retry", "Try the failed rows of a run again."),
    "resolve": ("resolve", "Settle rows whose delivery is not known."),
    "runs": ("runs", "List the runs of the ledger, show one, forget old ones."),
    "results": ("results", "Write the result sheet of a run again, at any time."),
    "report": ("report", "Write a web page about one or several runs."),
    "audit": ("audit", "Write every attempt of a run, one JSON object a line."),
    "template": ("template", "Message templates, and blank sheets to fill in."),
    "connections": ("connections", "List the connections of the settings, test one, add one."),
    "doctor": ("doctor", "Look for what is in the way, and say what to mend."),
    "explain": ("explain", "Say what an error code means and what to do."),
    "watch": ("watch", "Serve an inbox folder: every sheet in it becomes a run."),
    "sandbox": ("sandbox", "Serve a pretend Hotline on this machine, for trying things out."),
    "completion": ("completion", "Print a script that completes words after Tab in a shell."),
}
USAGE_EXIT_CODE = 2
INTERRUPTED_EXIT_CODE = 130
INTERNAL_EXIT_CODE = 4


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"hotline_batch.cli.commands.{COMMANDS[cmd_name][0]}")
        command = getattr(module, f"{COMMANDS[cmd_name][0]}_command")
        assert isinstance(command, click.Command)  # noqa: S101 - the table and the modules belong together
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"There is no command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example:  hotline-batch send sample_data/status_updates.xlsx --sandbox\n\n"
    "Environment:  HOTLINE_X_API_KEY, HOTLINE_INSTANCE and HOTLINE_API_KEY are the keys, HOTLINE_ENDPOINT another "
    "address of the service, HOTLINE_BATCH_LEDGER the ledger, HOTLINE_BATCH_CONFIG the settings file.",
)
@click.version_option(package_name="hotline-batch", message="hotline-batch %(version)s")
def main() -> None:
    """Send a spreadsheet through the Hotline Topics API.

    Every row is accounted for, and no message is sent twice.
    """


def run() -> None:
    """Run the command line and end the process: words on standard error, no traceback, an exit code that is true."""
    try:
        _end_as_by_ctrl_c()
        code = main(prog_name="hotline-batch", standalone_mode=False)
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    except click.ClickException as refused:
        refused.show()
        code = USAGE_EXIT_CODE
    except click.Abort:
        click.echo("Stopped; nothing more is sent.", err=True)
        code = INTERRUPTED_EXIT_CODE
    except HotlineBatchError as error:
        if not (isinstance(error, NotWritten) and is_read_by_nobody(error)):
            click.echo(f"Error: {error}", err=True)
        code = error.exit_code
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
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


def _apology(error: Exception) -> str:
    # Only the kind and the place: the text of a foreign exception may hold a key or a customer's name.
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"Error: the program met an error of its own ({type(error).__name__} in {os.path.basename(place.filename)}, "  # noqa: PTH119 - a name, not a path
        f"line {place.lineno}). Nothing that was sent is forgotten: see 'hotline-batch runs list'. Please report this."
    )
