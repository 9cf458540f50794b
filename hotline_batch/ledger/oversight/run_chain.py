"""Attempts of a run, and words of people about its rows -> entries of its own chain, in one step with these.

An entry holds no texts of people: what pruning forgets stands in it as a digest that a salt goes into. While the salt
is there, everybody can check the texts against it; pruning forgets both, and the chain is as whole as before.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, select, text

from hotline_batch.ledger.database.for_each_row import ForEachRow
from hotline_batch.ledger.oversight.tables import run_audit
from hotline_batch.model.runs import Delivery

ATTEMPT, LATE_ANSWER, WORD = "attempt", "late_answer", "resolution"
"""What an entry tells of. A late answer says what became of an attempt whose process was thought dead."""
ATTEMPT_FIELDS: Final = (
    *("event", "run", "row", "attempt", "started_at", "duration_ms", "kind", "connection", "key", "http_status"),
    *("error_code", "delivery"),
)
WORD_FIELDS: Final = ("event", "run", "row", "resolved_at", "verdict", "by", "code_before")

Facts = Mapping[str, object]
"""What pruning forgets of an entry: whom and what it was about."""

_SALT_BYTES = 16

# What is known of the rows that these attempts are of, and of their attempts so far.
_ROWS = text("""
    select sheet_row.position, sheet_row.number as row_number, sheet_row.connection, sheet_row.arguments, sheet_row.key,
           run.id as run_id, run.kind, attempt.number as attempt, attempt.started_at, attempt.error_code
    from sheet_row join run on run.run_key = sheet_row.run_key
    left join attempt on attempt.run_key = sheet_row.run_key and attempt.position = sheet_row.position
    where sheet_row.run_key = :run_key and sheet_row.position in :positions
""").bindparams(bindparam("positions", expanding=True))

_BEGIN = text("""
    insert into run_audit (run_key, entries, digest, salt) values (:run_key, 0, :digest, :salt)
    on conflict (run_key) do nothing
""")
_LOCKED_END = (
    select(run_audit.c.entries, run_audit.c.digest, run_audit.c.salt)
    .where(run_audit.c.run_key == bindparam("run_key"))
    .with_for_update()
)
_SET_END = text("update run_audit set entries = :entries, digest = :digest where run_key = :run_key")

_ADD = ForEachRow(
    """
    insert into run_audit_entry (run_key, number, position, attempt, entry, digest)
    select :run_key, told.number, told.position, told.attempt, told.entry, told.digest from told
    """,
    number="bigint",
    position="bigint",
    attempt="bigint",
    entry="text",
    digest="bytea",
)

_FORGET_SALT = text("update run_audit set salt = '' where run_key = :run_key")


class TriedRow(NamedTuple):
    """One attempt as it is kept: which row (from 0), its nth try, when (seconds since the epoch, UTC), what came."""

    position: int
    number: int
    started_at: float
    duration_seconds: float
    http_status: int | None
    error_code: str
    delivery: str


class NewEntry(NamedTuple):
    """An entry that is to be added: its fields, and what pruning will forget."""

    position: int
    attempt: int
    fields: Mapping[str, object]
    facts: Facts


def interrupted(row: Any, delivery: Delivery) -> TriedRow:
    """The attempt that nobody lived to tell of, as ``statements.ADD_INTERRUPTED_ATTEMPTS`` stores it."""
    return TriedRow(row.position, row.attempts, row.claimed_at, 0.0, None, "interrupted_in_flight", delivery.value)


def attempts_to_add(
    connection: Connection, run_key: int, tried: Sequence[TriedRow], *, is_new: bool = False
) -> Sequence[NewEntry]:
    """The entries of attempts that are about to be stored; asked before they are, and added within one transaction.

    What is stored already is left out, since it was added then. ``is_new``: these count only where nothing is known of
    such an attempt; otherwise it is a late answer.
    """
    rows: dict[int, Any] = {}
    known: dict[tuple[int, int], tuple[float, str]] = {}
    wanted = {"run_key": run_key, "positions": sorted({each.position for each in tried})}
    for row in connection.execute(_ROWS, wanted):
        rows[row.position] = row
        if row.attempt is not None:
            known[row.position, row.attempt] = (row.started_at, row.error_code)
    entries = []
    for each in tried:
        before = known.get((each.position, each.number))
        if each.position not in rows or (before and (is_new or before == (each.started_at, each.error_code))):
            continue
        row = rows[each.position]
        fields = attempt_fields(LATE_ANSWER if before else ATTEMPT, row.run_id, row.kind, row, each)
        entries.append(NewEntry(each.position, each.number, fields, facts_of(row.arguments)))
    return entries


def word_to_add(run_id: str, row_number: int, said: Mapping[str, Any]) -> NewEntry:
    """The entry of a person's word about a row, as the table ``resolution`` keeps it."""
    return NewEntry(said["position"], 0, word_fields(run_id, row_number, said), {"note": said["note"]})


def append(connection: Connection, run_key: int, entries: Sequence[NewEntry]) -> None:
    """Add entries at the end of the chain; whoever adds to it at the same moment waits."""
    if not entries:
        return
    end = _locked_end(connection, run_key)
    number, digest = end.entries, bytes(end.digest)
    values: list[dict[str, object]] = []
    for entry in entries:
        number += 1
        told = entry_text(entry.fields, told_digest(end.salt, entry.facts))
        digest = next_digest(digest, told)
        place = {"number": number, "position": entry.position, "attempt": entry.attempt}
        values.append(place | {"entry": told, "digest": digest})
    _ADD.execute(connection, values, run_key=run_key)
    connection.execute(_SET_END, {"run_key": run_key, "entries": number, "digest": digest})


def _locked_end(connection: Connection, run_key: int) -> Any:
    """How many entries there are, the digest of the last one, and the salt; nobody else adds any until the end."""
    found = connection.execute(_LOCKED_END, {"run_key": run_key}).one_or_none()
    if found is not None:
        return found
    connection.execute(_BEGIN, {"run_key": run_key, "digest": b"", "salt": secrets.token_hex(_SALT_BYTES)})
    return connection.execute(_LOCKED_END, {"run_key": run_key}).one()


def forget_salt(connection: Connection, run_key: int) -> None:
    """From here on nobody can guess from the entries what was forgotten."""
    connection.execute(_FORGET_SALT, {"run_key": run_key})


# ── what an entry holds ──────────────────────────────────────────────────────────────────────────────────────────────


def attempt_fields(event: str, run_id: str, kind: str, row: Any, tried: Any) -> dict[str, object]:
    """What is kept of an attempt. Times are ISO 8601, UTC, with microseconds."""
    return {
        "event": event,
        "run": run_id,
        "row": row.row_number,
        "attempt": tried.number,
        "started_at": moment(tried.started_at),
        "duration_ms": round(tried.duration_seconds * 1000, 1),
        "kind": kind,
        "connection": row.connection,
        "key": bytes(row.key).hex() if row.key else "",
        "http_status": tried.http_status,
        "error_code": tried.error_code,
        "delivery": tried.delivery,
    }


def word_fields(run_id: str, row_number: int, said: Mapping[str, Any]) -> dict[str, object]:
    """What is kept of a person's word, as the table ``resolution`` has it, but for the note."""
    return {
        "event": WORD,
        "run": run_id,
        "row": row_number,
        "resolved_at": moment(said["resolved_at"]),
        "verdict": said["verdict"],
        "by": said["resolved_by"],
        "code_before": said["code_before"],
    }


def facts_of(arguments: str | None) -> dict[str, object]:
    """What was asked, without the text of a message: its SHA-256 and length tell whether it was this text."""
    if arguments is None:
        return {}  # pruned: the keys stay, the texts are gone
    first, second = json.loads(arguments)
    if not isinstance(second, str):
        return {"group_id": first, "topic_id": second}
    message = second.encode("utf-8", "surrogatepass")
    return {"user_id": first, "message_sha256": hashlib.sha256(message).hexdigest(), "message_length": len(second)}


def told_digest(salt: str, facts: Facts) -> str:
    """What stands in an entry for what pruning forgets."""
    return hashlib.sha256(f"{salt}{json.dumps(dict(facts), ensure_ascii=True)}".encode("ascii")).hexdigest()


def entry_text(fields: Mapping[str, object], told: str) -> str:
    """An entry as it is digested."""
    return json.dumps({**fields, "told_sha256": told}, ensure_ascii=True)


def moment(seconds: float) -> str:
    """Such as ``2026-11-22T18:04:12.000000Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def next_digest(before: bytes, entry: str) -> bytes:
    """The digest behind an entry, which is ASCII; ``before`` is the one before it, empty for the first."""
    return hashlib.sha256(before + entry.encode("ascii")).digest()
