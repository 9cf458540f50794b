"""Which messages other runs sent, or may have sent, since when: what is not sent again."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, text

from hotline_batch.issues.issue import Issue
from hotline_batch.ledger import statements
from hotline_batch.ledger.database.transactions import Length, reading, writing
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.records import parameters_as_json

_Place = TypeVar("_Place", int, bytes)
_NO_RUN = 0

# Is there any other run that could have sent anything?
_ANY_OTHER_SEND = text("select 1 from run where run_key <> :run_key and kind = 'send' limit 1")

# Which rows of this run are, by any other run, sent, on their way or in doubt since then?
_SENT_BEFORE = text(f"""
    select mine.position as position, other.state as state, other.claimed_at as claimed_at, theirs.id as run_id
    from sheet_row as mine
    join sheet_row as other on other.key = mine.key and other.run_key <> mine.run_key
    join run as theirs on theirs.run_key = other.run_key
    where mine.run_key = :run_key and mine.state = 'pending' and {statements.WITHIN_WINDOW}
    order by mine.position, other.claimed_at desc
""")  # noqa: S608 - the words are ours

# Which of these messages are, by any run but one, sent, on their way or in doubt since then?
_KEYS_SENT_BEFORE = text(f"""
    select other.key as key, other.state as state, other.claimed_at as claimed_at, theirs.id as run_id
    from sheet_row as other
    join run as theirs on theirs.run_key = other.run_key
    where other.key in :keys and other.run_key <> :but and {statements.WITHIN_WINDOW}
    order by other.claimed_at desc
""").bindparams(bindparam("keys", expanding=True))  # noqa: S608 - the words are ours


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
        skips = []
        for position, (other, certain, sent_at) in earlier.items():
            issue = why_left_out(certain, sent_at, other)
            place = {"run_key": run_key, "position": position}
            skips.append(place | {"code": issue.code, "parameters": parameters_as_json(issue)})
        if skips:
            connection.execute(statements.SKIP, skips)
    moments: defaultdict[tuple[str, bool], list[float]] = defaultdict(list)
    for other, certain, sent_at in earlier.values():
        moments[other, certain].append(sent_at)
    return [SentBefore(other, max(sent), len(sent), not certain) for (other, certain), sent in moments.items()]


def sent_before(ledger: Ledger, keys: Collection[bytes], guard_since: float) -> Mapping[bytes, tuple[str, bool, float]]:
    """Which of these messages any run sent, or may have sent, since then: key -> run, certain, newest moment."""
    with reading(ledger.engine, "looking for earlier messages") as connection:
        return sent_by_others(connection, keys, guard_since, _NO_RUN)


def sent_by_others(
    connection: Connection, keys: Collection[bytes], guard_since: float, run_key: int
) -> Mapping[bytes, tuple[str, bool, float]]:
    """The same within a transaction, of all runs but one."""
    values = {"keys": list(keys), "guard_since": guard_since, "but": run_key}
    return _earlier((bytes(row.key), row) for row in connection.execute(_KEYS_SENT_BEFORE, values))


def why_left_out(certain: bool, sent_at: float, run_id: str) -> Issue:
    """What is said of a row whose message a run sent before, or may have, at that moment."""
    moment = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(sent_at))
    return Issue("already_sent" if certain else "possibly_sent", parameters={"moment": moment, "run": run_id})


def _earlier(found: Iterable[tuple[_Place, Any]]) -> dict[_Place, tuple[str, bool, float]]:
    """The newest run that had each message, whether any surely sent it, and that newest moment; the newest first."""
    earlier: dict[_Place, tuple[str, bool, float]] = {}
    for place, row in found:
        run_id, certain, newest = earlier.get(place, (row.run_id, False, row.claimed_at))
        earlier[place] = (run_id, certain or row.state == "succeeded", newest)
    return earlier
