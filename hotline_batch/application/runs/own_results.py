"""Which files are a run's own results: these it replaces, and no others."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from hotline_batch.errors import LedgerError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.runs import Run
from hotline_batch.results.files.output import STANDARD_OUTPUT, run_of_result
from hotline_batch.settings.practice import is_practice
from hotline_batch.sheets.snapshot import fingerprint_of

_MOMENT: Final = len("20261122-180412")
"""So much of a run's id tells when it was planned; what follows is chance."""


def full_path(output: str) -> str:
    """The path as it is kept: a run may go on from another folder, and this one may be removed."""
    if output in {"", STANDARD_OUTPUT}:
        return output
    path = Path(output).absolute()
    return str(path.parent.resolve() / path.name if ".." in path.parts else path)


def is_own_result(run: Run, output: str) -> bool:
    """Whether the file at ``output`` is the run's to replace.

    At its own output path it is recognised by what is written in it: a ledger on a full disk could not remember it.
    What a later run put anywhere is not, whatever is remembered.
    """
    path, found = full_path(output), run_of_result(Path(output))
    is_later = found[:_MOMENT] > run.id[:_MOMENT]
    return (path == run.output_path and found == run.id) or (path in run.notes.own_results and not is_later)


def may_replace(ledger: Ledger, run: Run, output: str) -> bool:
    """Whether a file at ``output`` is the run's to replace; where none is there yet, the name is the run's from now on.

    A file that somebody else put there while the run went on is not.
    """
    if output == STANDARD_OUTPUT:
        return True
    is_there = os.path.lexists(output)
    is_own = is_there and is_own_result(run, output)
    if is_own or not is_there:
        remember_own(ledger, run, output)
    return is_own


def remember_own(ledger: Ledger, run: Run, written: str) -> None:
    """Remember that the file there is the run's, if the ledger takes it."""
    with suppress(LedgerError):
        if written not in {"", STANDARD_OUTPUT, *ledger.run(run.id).notes.own_results}:
            ledger.note(run.id, lambda notes: replace(notes, own_results=(*notes.own_results, written)))


def note_practised(ledger: Ledger, run: Run, written: str) -> None:
    """Remember the result of a practice run as it was written, so that the real send may have its name."""
    if written in {"", STANDARD_OUTPUT} or not is_practice(run):
        return
    with suppress(LedgerError, OSError):
        practised = {full_path(written): fingerprint_of(Path(written))}
        ledger.note(run.id, lambda notes: replace(notes, practised={**notes.practised, **practised}))


def is_only_practice(ledger: Ledger, sheet_path: str, output: str) -> bool:
    """Whether the file at ``output`` is what practice with this sheet wrote, and nobody has touched it since."""
    if output == STANDARD_OUTPUT or not Path(output).is_file():
        return False
    place, sheet = full_path(output), full_path(sheet_path)
    practised = (run for run in ledger.runs() if run.sheet_path == sheet and is_practice(run))
    digests = {run.notes.practised.get(place) for run in practised}
    with suppress(OSError):
        return fingerprint_of(Path(output)) in digests
    return False
