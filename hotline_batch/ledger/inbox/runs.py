"""A file of a watched folder -> the run that was started for it, if there is one that is not put away yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from hotline_batch.ledger.database.transactions import reading
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.schema import run as run_table
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import InboxPlace, Run, RunState


def run_of_file(ledger: Ledger, path: Path, fingerprint: str, kind: Kind) -> Run | None:
    """The newest run over this very file that has to go on, or is finished while the file still lies in its inbox.

    A run that somebody else finished over the file is none of the inbox's, nor one that waits for a person's yes.
    """
    query = (
        select(run_table.c.id)
        .where(run_table.c.sheet_path == str(path))
        .where(run_table.c.fingerprint == fingerprint)
        .where(run_table.c.kind == kind.value)
        .where(run_table.c.state != RunState.PLANNING.value)
        .order_by(run_table.c.run_key.desc())
    )
    with reading(ledger.engine, "reading the runs") as connection:
        names = list(connection.execute(query).scalars())
    for run in map(ledger.run, names):
        is_in_inbox = run.notes.inbox is not None and not run.notes.inbox.is_put_away
        waits_for_yes = run.state is RunState.PLANNED and run.notes.waits_for_yes
        is_open = (run.state is not RunState.FINISHED and not waits_for_yes) or is_in_inbox
        if run.notes.pruned_at is None and is_open:
            return run
    return None


def mark_as_of_inbox(ledger: Ledger, run: Run) -> None:
    """Remember that the file of this run lies in an inbox and has to be put away."""
    ledger.note(run.id, lambda notes: replace(notes, inbox=InboxPlace()))


def mark_as_leaving(ledger: Ledger, run: Run, sheet: Path, result: Path) -> None:
    """Remember, before anything is moved, where the file and its result sheet will lie."""
    ledger.note(run.id, lambda notes: replace(notes, inbox=InboxPlace(sheet=str(sheet), result=str(result))))


def destination_of(run: Run) -> tuple[Path, Path] | None:
    """Where the file and its result sheet are being moved; None where that was not decided yet."""
    inbox = run.notes.inbox
    is_leaving = inbox is not None and inbox.sheet and not inbox.is_put_away
    return (Path(inbox.sheet), Path(inbox.result)) if inbox and is_leaving else None


def mark_as_put_away(ledger: Ledger, run: Run, sheet: Path, result: Path) -> None:
    """Remember where the file and its result sheet lie now: a file of the same name and content is a new one."""
    ledger.note(run.id, lambda notes: replace(notes, inbox=InboxPlace(is_put_away=True)))
    ledger.change_run(run.id, sheet_path=str(sheet), output_path=str(result))


def runs_leaving(ledger: Ledger, folder: Path) -> Sequence[Run]:
    """The runs of this inbox whose files were about to be moved, as far as the ledger knows."""
    return [run for run in ledger.runs() if destination_of(run) and Path(run.sheet_path).parent == folder]
