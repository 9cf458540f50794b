"""A file that was served, and its result sheet -> side by side in `done/` or `failed/`, nothing there replaced."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import BinaryIO

from hotline_batch.application.inbox.settled_files import Stamp
from hotline_batch.errors import LedgerError
from hotline_batch.ledger.inbox import (
    TakenFile,
    destination_of,
    mark_as_leaving,
    mark_as_put_away,
    places_promised,
    runs_leaving,
)
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.runs import Run
from hotline_batch.results.files.atomic import write_whole
from hotline_batch.sheets.snapshot import fingerprint_of

_log = logging.getLogger(__name__)


class Destination(StrEnum):
    """A folder of the inbox where files end."""

    DONE = "done"
    FAILED = "failed"


def free_result_name(wanted: Path) -> Path:
    """``wanted``, or ``name (2).results.ext`` and so on, where nothing lies yet."""
    stem = wanted.name.removesuffix(wanted.suffix).removesuffix(".results")
    return next(
        path
        for path in (wanted.with_name(f"{name}.results{wanted.suffix}") for name in _names(stem))
        if not os.path.lexists(path)
    )


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a file and its result sheet lie now. ``is_changed``: another file lies in the folder under its name, and
    stays there.
    """

    sheet: Path
    result: Path
    is_changed: bool


def put_away(
    ledger: Ledger,
    run: Run,
    taken: TakenFile,
    sheet: Path,
    result: Path,
    destination: Destination,
    *,
    need: str,
) -> Placed:
    """Move a file and its result sheet, under names that belong together, beside a note where a person has a ``need``
    to look at them. Raises OSError, and TakenOver where the file is another watcher's by now.

    A process that is killed in the middle leaves in the ledger where they were to go, and the next one goes on there.
    Only the very content that the run is of is moved: what was laid there meanwhile is another file.
    """
    if decided := destination_of(run):
        places = (_here(sheet.parent, decided[0]), _here(sheet.parent, decided[1]))
    else:
        promised = {_here(sheet.parent, place) for place in places_promised(ledger, taken.file.folder)}
        places = _free_pair(sheet.parent / destination.value, sheet, result, promised)
        mark_as_leaving(ledger, taken, *places)
    if need:  # before the file is moved: nobody comes back to one that was
        explain(places[0], need)
    if not os.path.lexists(places[0]):
        _move_if_same(sheet, places[0], run.fingerprint)
    result.replace(places[1])
    mark_as_put_away(ledger, run, *places)
    _log.info("file moved", extra={"run": run.id, "file": sheet, "now_at": places[0], "result": places[1]})
    return Placed(*places, is_changed=os.path.lexists(sheet))


def take_back_result(ledger: Ledger, run_id: str, result: Path, written: Stamp) -> None:
    """Remove the result sheet of whoever slept while it wrote it, where another watcher has put file and result away.

    Where that one is still at it, it replaces the sheet by its own.
    """
    with suppress(LedgerError, OSError):
        inbox = ledger.run(run_id).notes.inbox
        if inbox is not None and inbox.is_put_away and Stamp.of(result) == written:
            result.unlink()
            _log.warning("late result taken back", extra={"run": run_id, "file": result})


def _here(folder: Path, decided: Path) -> Path:
    """The same place by the path of this machine."""
    return folder / decided.parent.name / decided.name


def _move_if_same(sheet: Path, place: Path, fingerprint: str) -> None:
    before = Stamp.of(sheet)
    if before is None or fingerprint_of(sheet) != fingerprint or Stamp.of(sheet) != before:
        return
    sheet.rename(place)
    if Stamp.of(place) != before and not os.path.lexists(sheet):  # laid there in the very moment between
        place.rename(sheet)


def finish_moves(ledger: Ledger, folder: Path) -> None:
    """What a killed process began to move is moved to its end, unless its file still lies in the folder."""
    for run in runs_leaving(ledger, folder):
        if not os.path.lexists(folder / Path(run.sheet_path).name):
            finish_move(ledger, run, folder)


def finish_move(ledger: Ledger, run: Run, folder: Path) -> None:
    """The same of one run, whose file was moved already."""
    if decided := destination_of(run):
        places = (_here(folder, decided[0]), _here(folder, decided[1]))
        if not os.path.lexists(places[1]):
            with suppress(OSError):  # nobody has it any more
                (folder / Path(run.output_path).name).rename(places[1])
        mark_as_put_away(ledger, run, *places)
        _log.info("file moved", extra={"run": run.id, "file": run.sheet_path, "now_at": places[0]})


def put_away_unread(sheet: Path, reason: str) -> Path:
    """Move a file that could not be used into ``failed/``, with a note that says why; where it lies. Raises OSError."""
    folder = sheet.parent / Destination.FAILED.value
    places = (folder / f"{name}{sheet.suffix}" for name in _names(sheet.stem))
    place = next(path for path in places if not os.path.lexists(path))
    explain(place, reason)
    sheet.rename(place)
    _log.warning("file moved", extra={"file": sheet, "now_at": place})
    return place


def explain(beside: Path, reason: str) -> None:
    """Lay a note beside a file that a person has to look at."""
    text = f"{reason}\n".encode("utf-8", "replace")

    def fill(stream: BinaryIO) -> None:
        stream.write(text)

    write_whole(beside.with_name(f"{beside.name}.error.txt"), fill, replace=True, as_folder=True)


def _free_pair(folder: Path, sheet: Path, result: Path, promised: Collection[Path]) -> tuple[Path, Path]:
    def is_free(place: Path) -> bool:
        return place not in promised and not os.path.lexists(place)

    pairs = (
        (folder / f"{name}{sheet.suffix}", folder / f"{name}.results{result.suffix}") for name in _names(sheet.stem)
    )
    return next(pair for pair in pairs if all(map(is_free, pair)))


def _names(stem: str) -> Iterator[str]:
    yield stem
    yield from (f"{stem} ({number})" for number in count(2))
