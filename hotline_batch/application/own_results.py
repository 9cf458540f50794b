"""Which files are a run's own results: these it replaces, and no others."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from hotline_batch.errors import LedgerError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model import Run
from hotline_batch.results.origin import run_of_result
from hotline_batch.results.output import STANDARD_OUTPUT
from hotline_batch.settings.practice import is_practice

OWN_RESULTS: Final = "results"
"""Key of a run's options: the paths at which it wrote its result sheet, or was allowed to replace what is there."""


_MOMENT: Final = len("20261122-180412")
"""So much of a run's id tells when it was planned; what follows is chance."""

PRACTISED: Final = "practised"
"""Key of a practice run's options: each path at which it wrote its result sheet -> the SHA-256 of that file."""


def full_path(output: str) -> str:
    """The path as it is kept: a run may go on from another folder, and this one may be removed."""
    if output in {"", STANDARD_OUTPUT}:
        return output
    path = Path(output).absolute()
    return str(path.parent.resolve() / path.name if ".." in path.parts else path)


def own_results(run: Run) -> Sequence[str]:
    """The paths that are the run's own."""
    found = run.options.get(OWN_RESULTS)
    return tuple(map(str, found)) if isinstance(found, list) else ()


def is_own_result(run: Run, output: str) -> bool:
    """Whether the file at ``output`` is the run's to replace.

    At its own output path it is recognised by what is written in it: a ledger on a full disk could not remember it.
    What a later run put anywhere is not, whatever is remembered.
    """
    path, found = full_path(output), run_of_result(Path(output))
    is_later = found[:_MOMENT] > run.id[:_MOMENT]
    return (path == run.output_path and found == run.id) or (path in own_results(run) and not is_later)


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
        own = own_results(ledger.run(run.id))
        if written not in {"", STANDARD_OUTPUT, *own}:
            ledger.add_options(run.id, **{OWN_RESULTS: [*own, written]})


def note_practised(ledger: Ledger, run: Run, written: str) -> None:
    """Remember the result of a practice run as it was written, so that the real send may have its name."""
    if written in {"", STANDARD_OUTPUT} or not is_practice(run):
        return
    found = run.options.get(PRACTISED)
    known = found if isinstance(found, Mapping) else {}
    with suppress(LedgerError, OSError):
        ledger.add_options(run.id, **{PRACTISED: {**known, full_path(written): _digest(Path(written))}})


def is_only_practice(ledger: Ledger, sheet_path: str, output: str) -> bool:
    """Whether the file at ``output`` is what practice with this sheet wrote, and nobody has touched it since."""
    if output == STANDARD_OUTPUT or not Path(output).is_file():
        return False
    place, sheet = full_path(output), full_path(sheet_path)
    digests = {_practised_at(run, place) for run in ledger.runs() if run.sheet_path == sheet}
    with suppress(OSError):
        return _digest(Path(output)) in digests
    return False


def _practised_at(run: Run, place: str) -> str:
    known: Any = run.options.get(PRACTISED)
    return str(known.get(place, "")) if isinstance(known, Mapping) and is_practice(run) else ""


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
