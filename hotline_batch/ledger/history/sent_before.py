"""Which messages other runs sent, or may have sent, since when: what is not sent again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, text

from hotline_batch.issues.issue import Issue
from hotline_batch.ledger import statements
from hotline_batch.ledger.database.transactions import Length, reading, writing
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.records import parameters_as_json

# Is there any other run that could have sent anything?
_ANY_OTHER_SEND = text("select 1 from run where run_key <> :run_key and kind = 'send' limit 1")

# Which rows of this run are, by any other run, sent, on their way or in doubt since then?
_SENT_BEFORE = text("""
    select mine.position as position, other.state as state, other.claimed_at as claimed_at, run.id as run_id
    from sheet_row as mine
    join sheet_row as other on other.key = mine.key and other.run_key <> mine.run_key
    join run on run.run_key = other.run_key
    where mine.run_key = :run_key and mine.state = 'pending'
      and other.state in ('in_flight', 'succeeded', 'unknown') and other.claimed_at > :guard_since
    order by mine.position, other.claimed_at desc
""")

# Which of these messages are, by any run, sent, on their way or in doubt since then?
_KEYS_SENT_BEFORE = text("""
    select other.key as key, other.state as state, other.claimed_at as claimed_at, run.id as run_id
    from sheet_row as other
    join run on run.run_key = other.run_key
    where other.key in :keys
      and other.state in ('in_flight', 'succeeded', 'unknown') and other.claimed_at > :guard_since
    order by other.claimed_at desc
""").bindparams(bindparam("keys", expanding=True))


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
        found = connection.execute(_SENT_BEFORE, {"run_key": run_key, "guard_since": guard_since}).fetchall()
        earlier: dict[int, tuple[bool, float, str]] = {}
        for row in found:
            certain, newest, run_of_newest = earlier.get(row.position, (False, row.claimed_at, row.run_id))
            earlier[row.position] = (certain or row.state == "succeeded", newest, run_of_newest)
        if earlier:
            connection.execute(
                statements.SKIP,
                [
                    {"run_key": run_key, "position": position, **_skip_values(certain, sent_at, other)}
                    for position, (certain, sent_at, other) in earlier.items()
                ],
            )
    totals: Counter[tuple[str, bool]] = Counter()
    newest_of: dict[tuple[str, bool], float] = {}
    for certain, sent_at, other in earlier.values():
        totals[other, certain] += 1
        newest_of[other, certain] = max(sent_at, newest_of.get((other, certain), sent_at))
    return [SentBefore(other, newest_of[other, certain], n, not certain) for (other, certain), n in totals.items()]


def sent_before(ledger: Ledger, keys: Collection[bytes], guard_since: float) -> Mapping[bytes, tuple[str, bool, float]]:
    """Which of these messages any run sent, or may have sent, since then: key -> run, certain, newest moment."""
    with reading(ledger.engine, "looking for earlier messages") as connection:
        found = connection.execute(_KEYS_SENT_BEFORE, {"keys": list(keys), "guard_since": guard_since}).fetchall()
    earlier: dict[bytes, tuple[str, bool, float]] = {}
    for row in found:
        key = bytes(row.key)
        run_id, certain, newest = earlier.get(key, (row.run_id, False, row.claimed_at))
        earlier[key] = (run_id, certain or row.state == "succeeded", newest)
    return earlier


def why_left_out(certain: bool, sent_at: float, run_id: str) -> Issue:
    """What is said of a row whose message a run sent before, or may have, at that moment."""
    moment = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(sent_at))
    return Issue("already_sent" if certain else "possibly_sent", parameters={"moment": moment, "run": run_id})


def _skip_values(certain: bool, sent_at: float, run_id: str) -> dict[str, str]:
    issue = why_left_out(certain, sent_at, run_id)
    return {"code": issue.code, "parameters": parameters_as_json(issue)}
