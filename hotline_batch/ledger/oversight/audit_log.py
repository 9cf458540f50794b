"""Who did what: entries that are only added, each chained to the one before it by a digest."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hotline_batch.language.words import marked
from hotline_batch.ledger.database.transactions import Length, database_now, reading, writing
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.run_chain import next_digest
from hotline_batch.ledger.oversight.tables import audit_entry, audit_head
from hotline_batch.people import Person

_ENTRIES_A_FETCH = 1_000
_HEAD = select(audit_head.c.entries, audit_head.c.digest)


class Action(StrEnum):
    """What was done."""

    SIGNED_IN = marked("signed in")
    SIGN_IN_REFUSED = marked("sign-in refused")
    SIGNED_OUT = marked("signed out")
    PREPARED = marked("prepared")
    ASKED_FOR_APPROVAL = marked("asked for approval")
    APPROVED = marked("approved")
    REJECTED = marked("rejected")
    STARTED = marked("started")
    STOPPED = marked("stopped")
    SETTLED = marked("settled")
    PRUNED = marked("pruned")
    DELETED = marked("deleted")
    DOWNLOADED = marked("downloaded")
    TEMPLATE_CHANGED = marked("template changed")
    TEMPLATE_REMOVED = marked("template removed")
    ACCOUNT_ADDED = marked("account added")
    ACCOUNT_CHANGED = marked("account changed")
    ACCOUNT_DISABLED = marked("account disabled")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did. ``at`` is seconds since the epoch, UTC; ``run`` is empty where it is about none.

    ``details`` hold no texts of people: of a note the digest alone.
    """

    number: int
    at: float
    by: str
    by_kind: str
    action: str
    run: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """What a look at the whole chain found. ``first_wrong`` is the number of the first entry that is not as it was
    written, or is not there; None where all is as it was.
    """

    entries: int
    first_wrong: int | None
    last_digest: str


def record(ledger: Ledger, by: Person, action: Action, run: str = "", **details: object) -> None:
    """Add an entry. Raises LedgerError where it cannot be kept: what cannot be recorded must not happen."""
    with writing(ledger.engine, "recording who did what", Length.SHORT) as connection:
        record_within(connection, by, action, run, **details)


def record_within(connection: Connection, by: Person, action: Action, run: str = "", **details: object) -> None:
    """The same as the last step of a transaction: it lets one entry in at a time."""
    # Locked by a change rather than by a look, which SQLite's syntax does not know.
    connection.execute(update(audit_head).values(entries=audit_head.c.entries + 1))
    head = connection.execute(_HEAD).one()
    values: dict[str, Any] = {
        "number": head.entries,
        "at": round(database_now(connection), 6),
        "by": by.name,
        "by_kind": by.kind.value,
        "action": action.value,
        "run": run,
        "details": json.dumps(details, sort_keys=True, ensure_ascii=True, default=str),
    }
    digest = _digest(bytes(head.digest), values)
    connection.execute(insert(audit_entry), values | {"digest": digest})
    connection.execute(update(audit_head).values(digest=digest))


def newest_entries(ledger: Ledger, most: int, *, before: int | None = None, run: str = "") -> Sequence[AuditEntry]:
    """The newest first; ``before`` leaves out those from that number on, ``run`` all that are not about it."""
    query = select(audit_entry).order_by(audit_entry.c.number.desc()).limit(most)
    if before is not None:
        query = query.where(audit_entry.c.number < before)
    if run:
        query = query.where(audit_entry.c.run == run)
    with reading(ledger.engine, "reading who did what") as connection:
        found = connection.execute(query).fetchall()
    return [
        AuditEntry(row.number, row.at, row.by, row.by_kind, row.action, row.run, json.loads(row.details))
        for row in found
    ]


def verify(ledger: Ledger) -> AuditCheck:
    """Whether every entry is as it was written, none is missing and none was put in between."""
    query = select(audit_entry).order_by(audit_entry.c.number)
    in_pages = {"yield_per": _ENTRIES_A_FETCH}
    with reading(ledger.engine, "checking who did what", Length.LONG) as connection:
        head = connection.execute(_HEAD).one()
        number, digest, first_wrong = 0, b"", None
        with connection.execute(query, execution_options=in_pages) as found:
            for row in found.mappings():
                number += 1
                digest = _digest(digest, dict(row))
                # The head as it was before tells of all entries that there were then; later ones may have come since.
                is_as_told = number != head.entries or hmac.compare_digest(digest, bytes(head.digest))
                is_itself = row["number"] == number and hmac.compare_digest(digest, bytes(row["digest"]))
                if not (is_itself and is_as_told):
                    first_wrong = number
                    break
        if first_wrong is None and number < head.entries:
            first_wrong = number + 1
        if first_wrong is None and number > connection.execute(_HEAD).one().entries:
            first_wrong = number
    return AuditCheck(head.entries, first_wrong, bytes(head.digest).hex())


def _digest(before: bytes, values: Mapping[str, Any]) -> bytes:
    told = [values[name] for name in ("number", "at", "by", "by_kind", "action", "run", "details")]
    return next_digest(before, json.dumps(told, ensure_ascii=True))
