"""A run as it was stored -> as it stands: with its corrections, and interrupted where whoever drove it is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from hotline_batch.ledger import statements
from hotline_batch.ledger.lanes.lane import Lane, lanes_of
from hotline_batch.ledger.run_records import run_from
from hotline_batch.model.progress import LaneState
from hotline_batch.model.runs import Run, RunState


def corrections_by_run(connection: Connection) -> Mapping[int, Sequence[str]]:
    """The runs that correct others, by the number of the run that they correct; a handful among many runs."""
    found: dict[int, list[str]] = {}
    for row in connection.execute(statements.CORRECTIONS):
        found.setdefault(row.corrected_key, []).append(row.id)
    return found


def as_it_stands(connection: Connection, row: Mapping[str, Any], corrections: Mapping[int, Sequence[str]]) -> Run:
    """A run as it was stored, with its corrections; interrupted, where whoever drove it is gone."""
    run = run_from(row)
    if row["run_key"] in corrections:
        run = replace(run, notes=replace(run.notes, corrected_by=tuple(corrections[row["run_key"]])))
    if run.state is RunState.RUNNING and not _is_going_on(lanes_of(connection, row["run_key"]).values()):
        return replace(run, state=RunState.INTERRUPTED)
    return run


def _is_going_on(lanes: Iterable[Lane]) -> bool:
    """Whether anybody works on a run, or it was handed over and waits for a first worker."""
    return any(lane.is_held or (lane.is_for_workers and lane.state is LaneState.WAITING) for lane in lanes)
