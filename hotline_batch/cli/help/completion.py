"""What a shell offers after Tab: files, and names and ids that are read when Tab is pressed."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from hotline_batch.issues.words import RECORDS

_RUNS_OFFERED = 50


def complete_files(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Whatever the shell offers for files."""
    del ctx, param
    return [CompletionItem(incomplete, type="file")]


def complete_templates(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The templates that come with the program, and files."""
    from hotline_batch.application.templates import offered_names  # noqa: PLC0415 - a shell waits: only what is needed

    # Files first: in bash, what comes behind them takes their place.
    names = [CompletionItem(name) for name in offered_names() if name.startswith(incomplete)]
    return [*complete_files(ctx, param, incomplete), *names]


def complete_codes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Codes of issues."""
    del ctx, param
    return [
        CompletionItem(code, help=record.meaning) for code, record in RECORDS.items() if code.startswith(incomplete)
    ]


def complete_connections(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:  # fmt: skip
    """The connections of the settings that begin so; none where the settings cannot be read."""
    del param
    from hotline_batch.errors import HotlineBatchError  # noqa: PLC0415 - a shell waits: only what is needed
    from hotline_batch.settings.load import load_settings  # noqa: PLC0415 - the same

    try:
        settings = load_settings(config=ctx.params.get("config"))
    except (HotlineBatchError, OSError):
        return []
    return [CompletionItem(name) for name in settings.connections if name.startswith(incomplete)]


def complete_runs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The newest runs whose id begins so; none where there is no ledger yet."""
    del param
    from hotline_batch.application.runs.views.listing import newest_runs  # noqa: PLC0415 - the same
    from hotline_batch.errors import HotlineBatchError  # noqa: PLC0415 - a shell waits: only what is needed
    from hotline_batch.settings.load import load_settings  # noqa: PLC0415 - the same

    try:
        settings = load_settings(config=ctx.params.get("config"), ledger=ctx.params.get("ledger"))
        return [
            CompletionItem(run.id, help=f"{run.kind.value} {run.state.value}")
            for run in newest_runs(settings, _RUNS_OFFERED)
            if run.id.startswith(incomplete)
        ]
    except (HotlineBatchError, OSError):
        return []
