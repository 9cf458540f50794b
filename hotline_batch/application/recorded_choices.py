"""What a person chose for a run -> what the ledger remembers of it, to be told with its results."""

from __future__ import annotations

from collections.abc import Mapping

from hotline_batch.application.choices import BatchChoices, DriveChoices
from hotline_batch.application.driving import duplicate_window_seconds
from hotline_batch.ledger.pruning import CHOSEN
from hotline_batch.model import Kind, Run
from hotline_batch.settings.model import Settings
from hotline_batch.settings.schema import Document
from hotline_batch.settings.units import parse_duration

_LONGEST_TEXT = 1_000


def choices_to_tell(choices: BatchChoices, settings: Settings, text: str | None) -> dict[str, object]:
    """Options of a run: what was chosen apart from the usual, and the zone for its times. No secrets.

    ``text`` is that of the message's template.
    """
    chosen: dict[str, object] = {
        "template": choices.template,
        "message": text[:_LONGEST_TEXT] if text is not None else None,
        "rows": choices.rows,
        "where": list(choices.where),
        "limit": choices.limit,
        "hidden_rows": choices.hidden_rows,
    }
    return limits_to_tell(choices.kind, choices.drive, settings, chosen)


def rate_to_tell(run: Run, settings: Settings) -> str:
    """The rate of a run: the last one chosen for it, else that of the settings today. Refuses nothing."""
    drive = run.options.get("drive")
    planned = drive.get("rate") if isinstance(drive, Mapping) else None
    chosen = run.options.get("last_rate") or planned
    connection = run.options.get("connection")
    return str(chosen or settings.rate_for(run.kind, connection if isinstance(connection, str) else None))


def limits_to_tell(
    kind: Kind, drive: DriveChoices, settings: Settings, chosen: dict[str, object] | None = None
) -> dict[str, object]:
    """The same for limits alone, beside what else was chosen."""
    limits = {
        "concurrency": drive.concurrency or settings.concurrency,
        "timeout": drive.timeout or settings.timeout,
        "attempts": drive.attempts or settings.attempts,
        "max_errors": drive.max_errors or str(settings.max_errors),
        "duplicate_window": duplicate_window_seconds(settings, drive),
    }
    usual = {name: Document.model_fields[name].default for name in limits}
    usual |= {"max_errors": str(usual["max_errors"]), "duplicate_window": parse_duration(usual["duplicate_window"])}
    if kind is Kind.ENRICH:
        del limits["duplicate_window"]
    told = {name: value for name, value in (chosen or {}).items() if value not in (None, [])}
    told |= {name: value for name, value in limits.items() if value != usual[name]}
    zone = {"timezone": settings.timezone.key} if settings.timezone is not None else {}
    return {CHOSEN: told, **zone}
