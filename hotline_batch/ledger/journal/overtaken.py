"""Rows of a run that get no message of their own from its correction -> which correction reached their user all the
same.

A correction that says the same to two rows of one user goes once, by the row further up; what becomes of that one holds
for both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, text

_COPIES = text("""
    select correction.run_key, run.id, sheet_row.position, sheet_row.parameters from correction
    join run on run.run_key = correction.run_key
    join sheet_row on sheet_row.run_key = correction.run_key
    where correction.corrected_key = :run_key and sheet_row.position in :positions
      and sheet_row.state = 'skipped' and sheet_row.code = 'duplicate_in_sheet'
    order by correction.number
""").bindparams(bindparam("positions", expanding=True))

_FURTHER_UP = text("""
    select position from sheet_row where run_key = :run_key and number = :number and position < :below
""")

_MAY_HAVE_ARRIVED = text("""
    select 1 from sheet_row
    where run_key = :run_key and position = :position and state in ('in_flight', 'succeeded', 'unknown')
""")


@dataclass(frozen=True, slots=True)
class CopyInCorrection:
    """The row at a ``position`` is a copy in a correction, of the row ``further_up``; None: nobody knows which, since
    the correction was pruned.
    """

    position: int
    correction_key: int
    correction: str
    further_up: int | None


def copies_in_corrections(connection: Connection, run_key: int, positions: Sequence[int]) -> list[CopyInCorrection]:
    """Which of these rows of a run are copies in a correction of it. That never changes but for pruning."""
    copies = []
    for row in connection.execute(_COPIES, {"run_key": run_key, "positions": positions}).fetchall():
        further_up = None
        if row.parameters:
            place = {"run_key": row.run_key, "number": json.loads(row.parameters)["row"], "below": row.position}
            further_up = connection.execute(_FURTHER_UP, place).scalar()
        copies.append(CopyInCorrection(row.position, row.run_key, row.id, further_up))
    return copies


def overtaken(connection: Connection, copies: Sequence[CopyInCorrection]) -> Mapping[int, str]:
    """Which correction reached whom of them, or may have, by position."""
    return {copy.position: copy.correction for copy in copies if _may_have_arrived(connection, copy)}


def _may_have_arrived(connection: Connection, copy: CopyInCorrection) -> bool:
    if copy.further_up is None:
        return True
    place = {"run_key": copy.correction_key, "position": copy.further_up}
    return connection.execute(_MAY_HAVE_ARRIVED, place).first() is not None
