"""`ui`, `watch`, `worker` and `sandbox`: what is served until somebody ends it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.help.completion import complete_runs
from hotline_batch.cli.log.command_log import logged
from hotline_batch.cli.options import declared, expert
from hotline_batch.cli.screen.console import Console
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import marked, words
from hotline_batch.model.jobs import Kind

if TYPE_CHECKING:
    from hotline_batch.sandbox.server import Sandbox


@click.command("ui", cls=Command, epilog="Example:  hotline-batch ui --shortcut")
@option("--port", type=click.IntRange(1, 65535), metavar="N", help="Port on 127.0.0.1; that of the last time, or any.")
@option("--no-browser", is_flag=True, help="Only print the address.")
@option("--shortcut", is_flag=True, help="Put a starter for the page on the desktop, and do nothing else.")
@option("--office", is_flag=True, help="Serve it to several people, behind a proxy of your own, as [office] says.")
@expert.settings
def ui_command(port: int | None, *, no_browser: bool, shortcut: bool, office: bool, **options: Any) -> int:
    """Open the page: everything that this program does, in the browser.

    It is served on this machine alone, until Ctrl-C or 'End the program' on the page. Runs go on when it ends. Where it
    is served already, it is opened once more. The address that is printed opens it once, within an hour.

    With --office it is the page of several people, who sign in: on a ledger in PostgreSQL, behind a proxy that speaks
    TLS, as the table [office] of the settings file says.
    """
    from hotline_batch.cli.flows.serving.page import open_page, put_shortcut

    if office:
        from hotline_batch.cli.flows.serving.page import open_office

        return open_office(options["config"], options["ledger"], port)
    if shortcut:
        return put_shortcut(options["config"], options["ledger"])
    return open_page(options["config"], options["ledger"], port, opens_browser=not no_browser)


def _log_of_inbox(options: Mapping[str, Any]) -> Path | None:
    """Where the command writes down what it does, unless something else is said."""
    from hotline_batch.cli.flows.serving.inbox import log_of_inbox

    return log_of_inbox(options)


@click.command(
    "watch", cls=Command, epilog="Example:  hotline-batch watch inbox --for send -t status_update --rate 18/min"
)
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@option("--for", "purpose", type=click.Choice(["send", "enrich"]), required=True, help="What is done with every sheet.")
@option("--once", is_flag=True, help="Serve what lies there now, then end; for cron and the like.")
@option(
    "--poll",
    type=click.FloatRange(min=0.05),
    default=5.0,
    show_default=True,
    metavar="S",
    help="Seconds between two looks at the folder.",
)
@option(
    "--settle",
    type=click.FloatRange(min=0),
    default=5.0,
    show_default=True,
    metavar="S",
    help="A file counts as complete once its size and time were the same for so many seconds.",
)
@declared.message
@declared.reading
@declared.result_format
@declared.columns
@declared.name_column
@declared.connection
@declared.pace
@declared.hours
@declared.duplicate_window
@declared.agreed(marked("Nothing is asked before sending, with or without it."))
@declared.confirm
@declared.notify
@declared.sandbox
@expert.talking
@expert.places
@expert.logging
@partial(logged, own_log=_log_of_inbox)
def watch_command(folder: str, purpose: str, **options: Any) -> int:
    """Serve an inbox folder: every sheet that is laid into DIR becomes a run.

    Afterwards the sheet lies in DIR/done beside its result sheet, or in DIR/failed beside a note that says why. A
    finished run is done even where single rows failed: its result sheet tells. While the service cannot be reached, a
    sheet stays where it is and goes on later. Nothing is asked before sending. Ctrl-C ends it cleanly; after a restart
    everything goes on where it was, and no message is sent twice. What it does is written into a log beside the ledger,
    unless --log-file names another.

    With --once the exit code is that of the worst file, in the order 4 (waits), 3, 1, 0; stopped by Ctrl-C: 130.
    """
    from hotline_batch.cli.flows.serving.inbox import watch

    return watch(folder, Kind(purpose), options)


def _log_of_workers(options: Mapping[str, Any]) -> Path | None:
    """Where the command writes down what it does, unless something else is said."""
    from hotline_batch.cli.flows.serving.worker import log_of_workers

    return None if options["status"] else log_of_workers(options)


@click.command("worker", cls=Command, epilog="Example:  hotline-batch worker")
@option("--run", "run_id", metavar="RUN", shell_complete=complete_runs, help="Work on this run alone, then end.")
@option(
    "--concurrency",
    "most_lanes",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    metavar="LANES",
    help="Work on at most so many connections at once, whatever runs they are of.",
)
@option("--status", is_flag=True, help="Tell who serves the ledger, what is worked on and what waits; then end.")
@option("--json", "as_json", is_flag=True, help="With --status: one JSON object on standard output.")
@expert.places
@expert.logging
@partial(logged, own_log=_log_of_workers)
def worker_command(run_id: str | None, most_lanes: int, *, status: bool, as_json: bool, **options: Any) -> int:
    """Work on runs that were handed over with --detach, by the page or by a watched folder.

    On a ledger in PostgreSQL it is one of several machines (extra 'cluster'): a worker on each takes what waits, and
    goes on with what another one left. Stopping it (Ctrl-C, SIGTERM) stops no run: others go on, or it does when it is
    started again.

    What it does is written into a log beside the ledger, unless --log-file names another.
    """
    if status:
        from hotline_batch.cli.flows.serving.worker import show_status

        return show_status(options, as_json=as_json)
    from hotline_batch.cli.flows.serving.worker import serve, work_on

    return work_on(run_id, options) if run_id else serve(most_lanes, options)


@click.command("sandbox", cls=Command, epilog="Example:  hotline-batch sandbox --port 8080 --mishap lost_reply=5%")
@option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, metavar="N",
    help="Port on 127.0.0.1; 0: any.",
)  # fmt: skip
@option("--rate", metavar="R", help="Refuse what exceeds this rate with 429, such as 18/min.")
@option(
    "--latency", type=click.FloatRange(min=0), default=0.0, metavar="MS", help="Milliseconds that each request takes."
)
@option(
    "--mishap",
    "mishaps",
    multiple=True,
    metavar="NAME=SHARE",
    help="Let a share of requests go wrong. May be repeated.",
)
@option("--seed", type=int, default=0, metavar="N", help="Which requests go wrong; the same seed, the same ones.")
@option(
    "--messages",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Append every posted message to this file, as JSON lines.",
)
@option(
    "--export",
    type=click.Path(path_type=Path, dir_okay=False),
    help="At the end, write all messages to this file as Telegram Desktop exports a group, for 'verify'.",
)
@expert.logging
@logged
def sandbox_command(
    port: int,
    rate: str | None,
    latency: float,
    mishaps: tuple[str, ...],
    seed: int,
    messages: Path | None,
    export: Path | None,
) -> int:
    """Serve a pretend Hotline on 127.0.0.1 until Ctrl-C.

    It has the same people and topics at every start, keeps the messages it gets, and can be told to misbehave.
    """
    from hotline_batch.sandbox.faults import parse_shares
    from hotline_batch.sandbox.server import Sandbox
    from hotline_batch.shipped_files import samples_folder

    try:
        sandbox = Sandbox(
            port, rate=rate, latency_ms=latency, mishaps=parse_shares(mishaps), seed=seed, messages_file=messages
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(
            words(
                "--messages: {messages} cannot be written ({reason}). Name another file.",
                messages=messages,
                reason=reason_of(error),
            )
        ) from None
    if export is not None:
        # Once before anything is posted: what cannot be written is told now.
        _write(sandbox, export)
    try:
        sandbox.start()
    except OSError as error:
        raise click.UsageError(
            words(
                "The sandbox cannot listen on port {port}: {reason}. Choose another --port.",
                port=port,
                reason=reason_of(error),
            )
        ) from None
    sandbox.serve_until_stopped(
        lambda: Console().result(
            words(
                "{sandbox}\nSample sheets to send here: {samples_folder}",
                sandbox=sandbox.describe(),
                samples_folder=samples_folder(),
            )
        )
    )
    if export is not None:
        _write(sandbox, export)
        Console().say(words("Export: {export}", export=export))
    return 0


def _write(sandbox: Sandbox, path: Path) -> None:
    try:
        sandbox.export(path)
    except OSError as error:
        raise click.UsageError(
            words(
                "--export: {path} cannot be written ({reason}). Name another file.",
                path=path,
                reason=reason_of(error),
            )
        ) from None
