"""The ledger of the settings -> whether it can be written, is sound and has room."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from hotline_batch.application.doctor.findings import Finding, Level
from hotline_batch.errors import LedgerError
from hotline_batch.language.words import marked, words
from hotline_batch.ledger.database.opening import complaints_of, is_large, ledger_path, may_be_there
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.next_step import NextStep, advised, step
from hotline_batch.settings.addresses import shown_address
from hotline_batch.settings.model import Settings

_LITTLE_ROOM_BYTES = 1_000_000_000
_NO_ROOM_BYTES = 50_000_000

# Followed, the advice to name another ledger sent a whole sheet again.
_NO_OTHER_LEDGER = marked("It knows what was sent: start no other one meanwhile, since that would send it all again.")


def look_at_ledger(settings: Settings, *, thorough: bool) -> Iterator[Finding]:
    """Whether it can be written, is sound and has room; ``thorough``: every page of it, however large it is."""
    path = ledger_path(settings.ledger)
    if path is not None:
        yield from _room(path)
    if not may_be_there(settings.ledger):
        yield Finding("ledger", Level.OK, words("{path} is not there yet; the first run makes it.", path=path))
        return
    try:
        with Ledger(settings.ledger) as ledger:
            every_page = thorough or not is_large(ledger.engine)
            complaints = complaints_of(ledger.engine, every_page=every_page)
            ledger.runs(1)
    except LedgerError as error:
        yield Finding("ledger", Level.PROBLEM, error.advised, words(_NO_OTHER_LEDGER))
        return
    for complaint in complaints:
        save = advised(words(_NO_OTHER_LEDGER), step(NextStep.SAVE_WHAT_CAN_BE_READ))
        yield Finding("ledger", Level.PROBLEM, complaint, save)
    if not complaints:
        place = path or shown_address(settings.ledger)
        if every_page:
            yield Finding("ledger", Level.OK, words("{place} can be written and is sound.", place=place))
        else:
            said = words("{place} can be written. It is large, so not every page of it was looked at.", place=place)
            yield Finding("ledger", Level.OK, said, advised("", step(NextStep.LOOK_AT_EVERY_PAGE)))


def _room(path: Path) -> Iterator[Finding]:
    folder = next(place for place in path.absolute().parents if os.path.lexists(place))
    if not os.access(folder, os.W_OK):
        write = words("Let this user write to the ledger. {why}", why=words(_NO_OTHER_LEDGER))
        cure = write if os.path.lexists(path) else advised("", step(NextStep.NAME_LEDGER))
        yield Finding("disk", Level.PROBLEM, words("{folder} cannot be written.", folder=folder), cure)
        return
    free = shutil.disk_usage(folder).free
    said = words("{free} GB free where the ledger is ({folder}).", free=f"{free / 1e9:.1f}", folder=folder)
    cure = advised("", step(NextStep.PRUNE_RUNS))
    level = Level.PROBLEM if free < _NO_ROOM_BYTES else Level.WARNING if free < _LITTLE_ROOM_BYTES else Level.OK
    yield Finding("disk", level, said, "" if level is Level.OK else cure)
