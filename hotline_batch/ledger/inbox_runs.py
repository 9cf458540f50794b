"""A file of a watched folder -> the run that was started for it, if there is one that is not put away yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from hotline_batch.ledger.database.failures import ledger_errors
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.pruning import pruned_at
from hotline_batch.ledger.schema import run as run_table
from hotline_batch.model import Kind, Run, RunState

# Keys of a run's options.
_MARK: Final = "inbox"
_DESTINATION: Final = "inbox_destination"
_OPEN: Final = "open"
_PUT_AWAY: Final = "put away"


def run_of_file(ledger: Ledger, path: Path, fingerprint: str, kind: Kind) -> Run | None:
    """The newest run over this very file that has to go on, or is finished while the file still lies in its inbox.

    A run that somebody else finished over the file is none of the inbox's.
    """
    query = (
        select(run_table.c.id)
        .where(run_table.c.sheet_path == str(path))
        .where(run_table.c.fingerprint == fingerprint)
        .where(run_table.c.kind == kind.value)
        .where(run_table.c.state != RunState.PLANNING.value)
        .order_by(run_table.c.run_key.desc())
    )
    with ledger_errors("reading the runs"), ledger.engine.connect().execution_options(reads_only=True) as connection:
        names = list(connection.execute(query).scalars())
    for run in map(ledger.run, names):
        if pruned_at(run) is None and (run.state is not RunState.FINISHED or run.options.get(_MARK) == _OPEN):
            return run
    return None


def mark_as_of_inbox(ledger: Ledger, run: Run) -> None:
    """Remember that the file of this run lies in an inbox and has to be put away."""
    ledger.add_options(run.id, **{_MARK: _OPEN})


def mark_as_leaving(ledger: Ledger, run: Run, sheet: Path, result: Path) -> None:
    """Remember, before anything is moved, where the file and its result sheet will lie."""
    ledger.add_options(run.id, **{_MARK: _OPEN, _DESTINATION: [str(sheet), str(result)]})


def destination_of(run: Run) -> tuple[Path, Path] | None:
    """Where the file and its result sheet are being moved; None where that was not decided yet."""
    found: Any = run.options.get(_DESTINATION)
    return (Path(found[0]), Path(found[1])) if found and run.options.get(_MARK) == _OPEN else None


def mark_as_put_away(ledger: Ledger, run: Run, sheet: Path, result: Path) -> None:
    """Remember where the file and its result sheet lie now: a file of the same name and content is a new one."""
    ledger.add_options(run.id, **{_MARK: _PUT_AWAY, _DESTINATION: None})
    ledger.change_run(run.id, sheet_path=str(sheet), output_path=str(result))


def runs_leaving(ledger: Ledger, folder: Path) -> Sequence[Run]:
    """The runs of this inbox whose files were about to be moved, as far as the ledger knows."""
    return [run for run in ledger.runs() if destination_of(run) and Path(run.sheet_path).parent == folder]
