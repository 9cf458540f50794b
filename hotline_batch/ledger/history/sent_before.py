"""Which messages other runs sent, or may have sent, since when: what is not sent again."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, bindparam, text

from hotline_batch.issues.issue import CASE, Issue
from hotline_batch.issues.left_out import SINCE
from hotline_batch.ledger import statements
from hotline_batch.ledger.database.transactions import Length, reading, writing
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.records import job_state, parameters_as_json

_Place = TypeVar("_Place", int, bytes)
_NO_RUN = 0

# What reached a row whose own message is said not to be there.
_CORRECTED_BY = f"(select run.id from run where run.run_key = ({statements.CORRECTED_BY}))"  # noqa: S608 - the words are ours

# Is there any other run that could have sent anything?
_ANY_OTHER_SEND = text("select 1 from run where run_key <> :run_key and kind = 'send' limit 1")

# Which rows of this run are, by any other run, sent, on their way or in doubt since then?
_SENT_BEFORE = text(f"""
    select mine.position as position, other.state as state, other.claimed_at as claimed_at, theirs.id as run_id,
           {_CORRECTED_BY} as corrected_by
    from sheet_row as mine
    join sheet_row as other on other.key = mine.key and other.run_key <> mine.run_key
    join run as theirs on theirs.run_key = other.run_key
    where mine.run_key = :run_key and mine.state = 'pending' and {statements.WITHIN_WINDOW}
    order by mine.position, other.claimed_at desc
""")  # noqa: S608 - the words are ours

# Which of these messages are, by any run but one, sent, on their way or in doubt since then?
_KEYS_SENT_BEFORE = text(f"""
    select other.key as key, other.state as state, other.claimed_at as claimed_at, theirs.id as run_id,
           {_CORRECTED_BY} as corrected_by
    from sheet_row as other
    join run as theirs on theirs.run_key = other.run_key
    where other.key in :keys and other.run_key <> :but and {statements.WITHIN_WINDOW}
    order by other.claimed_at desc
""").bindparams(bindparam("keys", expanding=True))  # noqa: S608 - the words are ours


class Earlier(NamedTuple):
    """The newest run that sent a message, or may have, whether any surely did, and when that was.

    ``corrected_by`` is the correction that reached its user, where all that is known of the message itself is that it
    is not there; empty otherwise.
    """

    run_id: str
    certain: bool
    sent_at: float
    corrected_by: str = ""

    def why_left_out(self) -> Issue:
        """What is said of a row with that message."""
        if self.corrected_by:
            return Issue("already_corrected", parameters={CASE: SINCE, "run": self.corrected_by})
        return why_left_out(self.certain, self.sent_at, self.run_id)


@dataclass(frozen=True, slots=True)
class SentBefore:
    """How many rows another run sent already, or may have sent; ``sent_at`` is its newest, seconds since the epoch."""

    run_id: str
    sent_at: float
    rows: int
    in_doubt: bool


def skip_sent_before(ledger: Ledger, run_id: str, guard_since: float) -> Sequence[SentBefore]:
    """Skip the rows whose message another run sent, or may have sent, since then; which runs those were."""
    run_key = ledger.run_key(run_id)
    with reading(ledger.engine, "looking for earlier messages") as connection:
        if connection.execute(_ANY_OTHER_SEND, {"run_key": run_key}).first() is None:
            return []
    with writing(ledger.engine, "looking for earlier messages", Length.LONG) as connection:
        found = connection.execute(_SENT_BEFORE, {"run_key": run_key, "guard_since": guard_since})
        earlier = _earlier((row.position, row) for row in found)
        skip_rows(connection, run_key, {position: known.why_left_out() for position, known in earlier.items()})
    moments: defaultdict[tuple[str, bool], list[float]] = defaultdict(list)
    for known in earlier.values():
        moments[known.run_id, known.certain].append(known.sent_at)
    return [SentBefore(other, max(sent), len(sent), not certain) for (other, certain), sent in moments.items()]


def skip_rows(connection: Connection, run_key: int, why: Mapping[int, Issue]) -> None:
    """Leave rows of a run out, by their positions."""
    skips = [
        {"run_key": run_key, "position": position, "code": issue.code, "parameters": parameters_as_json(issue)}
        for position, issue in why.items()
    ]
    if skips:
        connection.execute(statements.SKIP, skips)


def sent_before(ledger: Ledger, keys: Collection[bytes], guard_since: float) -> Mapping[bytes, Earlier]:
    """Which of these messages any run sent, or may have sent, since then, by their keys."""
    with reading(ledger.engine, "looking for earlier messages") as connection:
        return sent_by_others(connection, keys, guard_since, _NO_RUN)


def sent_by_others(
    connection: Connection, keys: Collection[bytes], guard_since: float, run_key: int
) -> Mapping[bytes, Earlier]:
    """The same within a transaction, of all runs but one."""
    values = {"keys": list(keys), "guard_since": guard_since, "but": run_key}
    return _earlier((bytes(row.key), row) for row in connection.execute(_KEYS_SENT_BEFORE, values))


def why_left_out(certain: bool, sent_at: float, run_id: str) -> Issue:
    """What is said of a row whose message a run sent before, or may have, at that moment."""
    moment = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(sent_at))
    return Issue("already_sent" if certain else "possibly_sent", parameters={"moment": moment, "run": run_id})


def _earlier(found: Iterable[tuple[_Place, Any]]) -> dict[_Place, Earlier]:
    """What is known of each message; the newest first."""
    earlier: dict[_Place, Earlier] = {}
    for place, row in found:
        before = earlier.get(place) or Earlier(row.run_id, False, row.claimed_at, row.corrected_by or "")
        corrected_by = "" if job_state(row.state).may_have_arrived else before.corrected_by
        earlier[place] = before._replace(certain=before.certain or row.state == "succeeded", corrected_by=corrected_by)
    return earlier
