"""What every new run of the ledger begins with: its id, its owner, what was chosen and what is noted at once."""

from __future__ import annotations

import secrets
import string
import time
from collections.abc import Mapping
from dataclasses import fields, replace

from hotline_batch.application.connections import endpoint_of
from hotline_batch.application.office.acting import acting_person
from hotline_batch.application.runs.limits import duplicate_window_seconds
from hotline_batch.application.runs.own_results import full_path
from hotline_batch.model.jobs import Connection, Kind
from hotline_batch.model.runs import Run, RunNotes, RunState, UnusualLimits
from hotline_batch.model.sheets import Sheet
from hotline_batch.people import PersonKind
from hotline_batch.run_options import Limits, RunOptions
from hotline_batch.settings.file.schema import Document
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import practises
from hotline_batch.settings.units import parse_duration

_ID_LETTERS = string.ascii_lowercase + string.digits


def new_run_id(now: float) -> str:
    """Such as ``20261122-180412-k3f9``: the moment, UTC, and four letters to tell runs of one second apart."""
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
    return f"{moment}-{''.join(secrets.choice(_ID_LETTERS) for _ in range(4))}"


def new_run(  # noqa: PLR0913 - all that a run begins with; most of it is named
    run_id: str,
    now: float,
    kind: Kind,
    sheet: Sheet,
    options: RunOptions,
    settings: Settings,
    *,
    sheet_path: str,
    columns: Mapping[str, str],
    connection: str,
    connections: Mapping[str, Connection],
    output: str,
    notes: RunNotes,
) -> Run:
    """A run that is being planned, without rows yet.

    ``connection`` is that of rows that name none; ``notes`` are added to what is noted on every run.
    """
    person = acting_person()
    return Run(
        id=run_id,
        kind=kind,
        state=RunState.PLANNING,
        created_at=now,
        started_at=None,
        finished_at=None,
        sheet_path=sheet_path,
        worksheet=sheet.worksheet,
        dialect=sheet.dialect,
        fingerprint=sheet.fingerprint,
        header=sheet.header,
        columns=columns,
        endpoint=endpoint_of(settings, sandbox=options.sandbox),
        output_path=full_path(output),
        options=options,
        owner=person.name,
        rows=0,
        notes=replace(
            notes,
            connection=connection,
            identities={name: found.identity for name, found in connections.items()},
            is_practice=notes.is_practice or practises(settings, sandbox=options.sandbox),
            timezone=settings.timezone.key if settings.timezone is not None else "",
            owner_is_account=person.kind is PersonKind.ACCOUNT,
            unusual_limits=_unusual_limits(kind, options.limits, settings),
        ),
    )


def _unusual_limits(kind: Kind, chosen: Limits, settings: Settings) -> UnusualLimits:
    """Those limits of a run that are not as they come with the program."""
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
