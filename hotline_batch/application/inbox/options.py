"""What a person chose for a watched folder, and what became of each of its files."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from hotline_batch.application.connections import check_confirmed, connections_of, default_connection
from hotline_batch.application.log_places import log_folder
from hotline_batch.application.planning.request import SheetRequest, text_of_messages
from hotline_batch.application.runs.hours import check_ever_open, hours_for
from hotline_batch.application.runs.limits import duplicate_window_seconds
from hotline_batch.model.jobs import Kind
from hotline_batch.model.progress import RunSummary
from hotline_batch.next_step import Told
from hotline_batch.settings.model import Settings
from hotline_batch.settings.units import MaxErrors, Rate


class Fate(StrEnum):
    """What became of a file of the inbox."""

    DONE = "done"
    FAILED = "failed"
    WAITS = "waits"
    INTERRUPTED = "interrupted"
    LEFT_ALONE = "left_alone"


@dataclass(frozen=True, slots=True)
class Served:
    """A file, what became of it, and where it lies now. ``summary`` is None where no run came about.

    ``is_awaited``: it waits for a worker, for its hours or for a person's word, which may come at any moment.
    """

    path: Path
    fate: Fate
    reason: Told = ""
    summary: RunSummary | None = None
    is_awaited: bool = False

    @property
    def exit_code(self) -> int:
        """As of the command for this file alone; a file that could not be used counts as one with failed rows."""
        if self.fate is Fate.LEFT_ALONE:
            return 0
        if self.fate is Fate.INTERRUPTED:
            return 130
        if self.fate is Fate.WAITS:
            return 4
        return self.summary.exit_code if self.summary else 1


@dataclass(frozen=True, slots=True)
class WatchChoices:
    """``request`` is what is done with each file (its ``sheet`` and ``output`` are not looked at); times in seconds.

    ``confirmed`` are the connections, of those marked with ``confirm``, that files may be sent through.
    """

    request: SheetRequest
    poll_seconds: float = 5.0
    settle_seconds: float = 5.0
    once: bool = False
    confirmed: Collection[str] = ()


def check_before_watching(choices: WatchChoices, settings: Settings) -> None:
    """Raise now what would be wrong with every file: SettingsError or TemplateError, before the first one comes."""
    kind, options = choices.request.kind, choices.request.options
    name = default_connection(settings, options.connection, connections_of(settings, "", sandbox=options.sandbox))
    if not options.sandbox:
        settings.required_x_api_key()
        _ = settings.connections[name].api_key
        if kind is Kind.SEND:
            check_confirmed(settings, [name], choices.confirmed)
    if options.limits.rate:
        Rate.parse(options.limits.rate, "rate")
    if options.limits.max_errors:
        MaxErrors.parse(options.limits.max_errors, "max_errors")
    duplicate_window_seconds(settings, options.limits)
    hours = hours_for(settings, options.limits, [name], settings.timezone, sandbox=options.sandbox)
    check_ever_open(hours, [name], time.time())
    text_of_messages(options)


def log_beside_ledger(folder: Path, settings: Settings) -> Path | None:
    """The log of an inbox folder: one for each, beside the ledger; with a ledger on a server, where its file would lie.

    Its folder is made. None where the ledger's address cannot be read.
    """
    place = log_folder(settings)
    if place is None:
        return None
    inbox = folder.resolve()
    return place / f"watch-{inbox.name}-{sha256(os.fsencode(inbox)).hexdigest()[:6]}.log"
