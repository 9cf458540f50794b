"""A new run -> what is noted on it beside its options; and what is told of it later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from hotline_batch.application.driving import duplicate_window_seconds
from hotline_batch.model import Connection, Kind, Run, RunNotes, UnusualLimits
from hotline_batch.run_options import Limits, RunOptions
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import practises
from hotline_batch.settings.schema import Document
from hotline_batch.settings.units import parse_duration


def first_notes(
    kind: Kind, options: RunOptions, settings: Settings, connection: str, connections: Mapping[str, Connection]
) -> RunNotes:
    """What is known of any new run. ``connection`` is that of rows that name none."""
    return RunNotes(
        connection=connection,
        identities={name: found.identity for name, found in connections.items()},
        is_practice=practises(settings, sandbox=options.sandbox),
        timezone=settings.timezone.key if settings.timezone is not None else "",
        unusual_limits=_unusual_limits(kind, options.limits, settings),
    )


def rate_to_tell(run: Run, settings: Settings) -> str:
    """The rate of a run: the last one chosen for it, else that of the settings today. Refuses nothing."""
    chosen = run.notes.last_rate or run.options.limits.rate
    return chosen or str(settings.rate_for(run.kind, run.notes.connection or None))


def _unusual_limits(kind: Kind, chosen: Limits, settings: Settings) -> UnusualLimits:
    """Those limits of a run that are not as they come with the program; no secrets."""
    usual = {name: each.default for name, each in Document.model_fields.items()}
    limits = UnusualLimits(
        concurrency=chosen.concurrency or settings.concurrency,
        timeout_seconds=chosen.timeout or settings.timeout,
        attempts=chosen.attempts or settings.attempts,
        max_errors=chosen.max_errors or str(settings.max_errors),
        duplicate_window_seconds=duplicate_window_seconds(settings, chosen) if kind is Kind.SEND else None,
    )
    as_always = UnusualLimits(
        concurrency=usual["concurrency"],
        timeout_seconds=usual["timeout"],
        attempts=usual["attempts"],
        max_errors=str(usual["max_errors"]),
        duplicate_window_seconds=parse_duration(usual["duplicate_window"]),
    )
    differing = {
        each.name: getattr(limits, each.name)
        for each in fields(UnusualLimits)
        if getattr(limits, each.name) != getattr(as_always, each.name)
    }
    return UnusualLimits(**differing)
