"""`hotline-batch sandbox`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hotline_batch.cli.help.command import Command, option
from hotline_batch.cli.log.command_log import logged
from hotline_batch.cli.options import expert
from hotline_batch.cli.screen.console import Console
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words

if TYPE_CHECKING:
    from hotline_batch.sandbox.server import Sandbox


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
    from hotline_batch.application.practice import samples_folder  # noqa: PLC0415 - the same
    from hotline_batch.sandbox.faults import parse_shares  # noqa: PLC0415 - help needs none of the rooms behind it
    from hotline_batch.sandbox.server import Sandbox  # noqa: PLC0415 - the same

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
