"""Rows of a run that is a correction, or has any -> which other correction reached them, or may have.

A run, its corrections, theirs and so on are one family: whoever got a message by any of them gets none by another one,
unless it is the correction of that very message. So a row is overtaken by the rows at its place in all of its family
but the runs that it corrects itself.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, LargeBinary, Row, bindparam, text

from hotline_batch.ledger import statements

# Runs are numbered in their order, so the lowest of these numbers is that of the run that corrects none.
_CORRECTED = text("""
    with recursive above (run_key) as (
        select cast(:run_key as bigint)
        union
        select correction.corrected_key from correction join above on correction.run_key = above.run_key)
    select run_key from above order by run_key
""")

_CORRECTIONS = text(f"""
    {statements.WITH_CORRECTIONS_BELOW}
    select run.run_key, run.id from below join run on run.run_key = below.run_key order by run.run_key
""")  # noqa: S608 - the words are ours

_REACHED = text("""
    select position, run_key from sheet_row
    where run_key in :others and position in :positions and state in ('in_flight', 'succeeded', 'unknown')
""").bindparams(bindparam("others", expanding=True), bindparam("positions", expanding=True))

# By whichever rows. That it asks for the time of the claim has it use the index.
_SAID = text("""
    select key, run_key from sheet_row
    where key in :keys and state in ('in_flight', 'succeeded', 'unknown') and claimed_at is not null
""").bindparams(bindparam("keys", expanding=True, type_=LargeBinary))

# A correction that says the same to two rows of one user goes once, by the row further up.
_COPIES = text("""
    select run_key, position, parameters from sheet_row
    where run_key in :others and position in :positions and state = 'skipped' and code = 'duplicate_in_sheet'
""").bindparams(bindparam("others", expanding=True), bindparam("positions", expanding=True))

_FURTHER_UP = text("""
    select position from sheet_row where run_key = :run_key and number = :number and position < :below
""")


@dataclass(frozen=True, slots=True)
class _Copy:
    """The row at a ``position`` is, in a correction, a copy of the row ``further_up``, by which it reached its user.

    None: nobody knows which row that is, since the correction was pruned.
    """

    position: int
    run_key: int
    further_up: int | None


@dataclass(frozen=True, slots=True)
class Overtaking:
    """Rows of a run that are to be claimed, and whatever could have overtaken them.

    ``locks`` are names of what has to be locked before it is asked for, on a database whose transactions take no turns.
    """

    run_key: int
    positions: Sequence[int]
    copies: Sequence[_Copy]
    locks: Sequence[str]

    @classmethod
    def of(cls, connection: Connection, run_key: int, positions: Sequence[int]) -> Overtaking:
        """What is known before anything is locked, and does not change but for pruning."""
        root, others = _family(connection, run_key)
        copies = [_copy(connection, row) for row in connection.execute(_COPIES, _at(others, positions)).fetchall()]
        # What stands in one row need not say the same: two corrections of it, and the message that they correct.
        places = {*positions, *(copy.further_up for copy in copies if copy.further_up is not None)}
        return cls(run_key, positions, copies, [f"correction {root} {place}" for place in places])

    def rows(self, connection: Connection, keys: Mapping[int, bytes]) -> Mapping[int, str]:
        """Which run of the family reached which of the rows, or may have: its id by position.

        ``keys`` are those of messages, by position, that nobody is to get from two of the family, by whichever rows.
        """
        _, others = _family(connection, self.run_key)
        found = {row.position: others[row.run_key] for row in _reached(connection, others, self.positions)}
        further_up = sorted({copy.further_up for copy in self.copies if copy.further_up is not None})
        reached = {(row.run_key, row.position) for row in _reached(connection, others, further_up)}
        for copy in self.copies:
            if copy.further_up is None or (copy.run_key, copy.further_up) in reached:
                found.setdefault(copy.position, others.get(copy.run_key, ""))
        asked = connection.execute(_SAID, {"keys": list(keys.values())})
        said = {bytes(row.key): others[row.run_key] for row in asked if row.run_key in others}
        return {at: said[key] for at, key in keys.items() if key in said} | found


def _family(connection: Connection, run_key: int) -> tuple[int, Mapping[int, str]]:
    """The number of the run that all of a family correct in the end; the ids of those that may overtake, by number."""
    own = list(connection.execute(_CORRECTED, {"run_key": run_key}).scalars())
    found = connection.execute(_CORRECTIONS, {"run_key": own[0]})
    return own[0], {row.run_key: row.id for row in found if row.run_key not in own}


def _copy(connection: Connection, row: Row[Any]) -> _Copy:
    further_up = None
    if row.parameters:
        place = {"run_key": row.run_key, "number": json.loads(row.parameters)["row"], "below": row.position}
        further_up = connection.execute(_FURTHER_UP, place).scalar()
    return _Copy(row.position, row.run_key, further_up)


def _reached(connection: Connection, others: Collection[int], positions: Sequence[int]) -> Sequence[Row[Any]]:
    return connection.execute(_REACHED, _at(others, positions)).fetchall()


def _at(others: Collection[int], positions: Sequence[int]) -> dict[str, object]:
    return {"others": list(others), "positions": list(positions)}
