"""A run's own chain -> lines of a file for audit; and whether all that it tells of is as it was written.

The text of a message is not among it: its SHA-256 and length tell whether it was this text without showing it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from hotline_batch.ledger.database.transactions import Length, reading
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.audit_lines import line_of
from hotline_batch.ledger.oversight.run_chain import (
    WORD,
    Facts,
    attempt_fields,
    entry_text,
    facts_of,
    moment,
    next_digest,
    told_digest,
    word_fields,
)
from hotline_batch.model.runs import Run

_ENTRIES_A_FETCH = 1_000

_END = text("select entries, digest, salt from run_audit where run_key = :run_key")

# Each entry beside what it tells of, as that stands in the ledger now.
_ENTRIES = text("""
    select entry.number as entry_number, entry.position, entry.attempt as attempt_number, entry.entry, entry.digest,
           attempt.number, attempt.started_at, attempt.duration_seconds, attempt.http_status, attempt.error_code,
           attempt.delivery, sheet_row.number as row_number, sheet_row.connection, sheet_row.key, sheet_row.arguments
    from run_audit_entry as entry
    left join attempt on attempt.run_key = entry.run_key and attempt.position = entry.position
                     and attempt.number = entry.attempt
    left join sheet_row on sheet_row.run_key = entry.run_key and sheet_row.position = entry.position
    where entry.run_key = :run_key order by entry.number
""")

_DIGESTS = text("select number, digest from run_audit_entry where run_key = :run_key order by number")

_WORDS = text("""
    select resolution.*, sheet_row.number as row_number
    from resolution
    join sheet_row on sheet_row.run_key = resolution.run_key and sheet_row.position = resolution.position
    where resolution.run_key = :run_key
""")

# Attempts that nobody wrote down when they were made.
_PUT_IN = text("""
    select sheet_row.number from sheet_row
    join (select position, number from attempt where run_key = :run_key
          except select position, attempt from run_audit_entry where run_key = :run_key) as unknown
      on unknown.position = sheet_row.position
    where sheet_row.run_key = :run_key order by sheet_row.number
""")


@dataclass(frozen=True, slots=True)
class RunAuditCheck:
    """What a look at all entries of a run found.

    ``first_wrong`` is the number of the first entry, from 1, that is not as it was written, or is not there; None where
    the chain is whole. ``wrong_rows`` are the rows of which the ledger tells something else now than the entries:
    another attempt or word, one more or one less, or another user or message. ``is_pruned``: users and messages were
    forgotten, so that nothing can be said about them.
    """

    run: str
    entries: int
    first_wrong: int | None
    wrong_rows: Sequence[int]
    last_digest: str
    is_pruned: bool

    @property
    def is_well(self) -> bool:
        """Whether all is as it was written."""
        return self.first_wrong is None and not self.wrong_rows


def audit_lines(ledger: Ledger, run: Run) -> Iterator[bytes]:
    """Every attempt and every word of a person, in the order in which they were kept: one JSON object each."""
    with reading(ledger.engine, "reading the attempts", Length.LONG) as connection:
        run_key = ledger.run_key(run.id, connection)
        end = connection.execute(_END, {"run_key": run_key}).one_or_none()
        if end is None:
            return
        notes = {place: str(word["note"]) for place, word in _words(connection, run_key).items()}
        for row in _entries(connection, run_key):
            if row.entry_number > end.entries:  # it came while this was read
                return
            entry = json.loads(row.entry)
            facts = _facts(row, entry, notes)
            yield line_of(entry, facts, end.salt, row.entry_number, end.entries, bytes(row.digest)) + b"\n"


def digests_of(ledger: Ledger, run: Run) -> Iterator[bytes]:
    """The digests of the chain, in its order."""
    with reading(ledger.engine, "reading the attempts", Length.LONG) as connection:
        values, in_pages = {"run_key": ledger.run_key(run.id, connection)}, {"yield_per": _ENTRIES_A_FETCH}
        for row in connection.execute(_DIGESTS, values, execution_options=in_pages):
            yield bytes(row.digest)


def verify_run(ledger: Ledger, run: Run) -> RunAuditCheck:
    """Whether every attempt and word of a run is as it was written, none is missing and none was put in between."""
    with reading(ledger.engine, "checking the attempts", Length.LONG) as connection:
        run_key = ledger.run_key(run.id, connection)
        end = connection.execute(_END, {"run_key": run_key}).one_or_none()
        entries, last, salt = (0, b"", "") if end is None else (end.entries, bytes(end.digest), end.salt)
        words = _words(connection, run_key)
        walk = _Walk(run, salt, entries, last, words, is_pruned=run.notes.pruned_at is not None)
        for row in _entries(connection, run_key):
            walk.go_on(row)
        now = connection.execute(_END, {"run_key": run_key}).one_or_none()
        entries_now = 0 if now is None else now.entries
        if walk.first_wrong is None and walk.number != entries_now and not entries < walk.number < entries_now:
            walk.first_wrong = min(walk.number, entries_now) + 1
        # An attempt is stored in one step with its entry: what came meanwhile is not looked at.
        is_all = walk.number == entries_now == entries
        put_in = connection.execute(_PUT_IN, {"run_key": run_key}).scalars() if is_all else ()
        wrong = sorted({*walk.wrong_rows(), *put_in})
    return RunAuditCheck(run.id, entries, walk.first_wrong, wrong, last.hex(), walk.is_pruned)


@dataclass(slots=True)
class _Walk:
    """Follows a chain from its first entry, and compares each with what it tells of."""

    run: Run
    salt: str
    entries: int
    last: bytes
    words: Mapping[tuple[int, str], Mapping[str, Any]]
    is_pruned: bool
    number: int = 0
    digest: bytes = b""
    first_wrong: int | None = None
    words_met: set[tuple[int, str]] = field(default_factory=set)
    differing: dict[tuple[int, int, str], int] = field(default_factory=dict)

    def go_on(self, row: Any) -> None:
        """Take the next entry."""
        self.number += 1
        self.digest = next_digest(self.digest, row.entry)
        is_itself = row.entry_number == self.number and hmac.compare_digest(self.digest, bytes(row.digest))
        # The end as it was before tells of all entries that there were then; later ones may have come since.
        is_as_told = self.number != self.entries or hmac.compare_digest(self.digest, self.last)
        if not (is_itself and is_as_told) and self.first_wrong is None:
            self.first_wrong = self.number
        self._compare(row)

    def wrong_rows(self) -> Iterator[int]:
        """The numbers of rows of which something else stands in the ledger now."""
        yield from self.differing.values()
        yield from (int(word["row_number"]) for place, word in self.words.items() if place not in self.words_met)

    def _compare(self, row: Any) -> None:
        entry = _as_object(row.entry)
        is_word = row.attempt_number == 0
        when = str(entry.get("resolved_at", ""))
        # A late answer takes the place of what was thought to have become of the same attempt.
        place = (row.position, row.attempt_number, when if is_word else "")
        now = self._word_now(row, when) if is_word else self._attempt_now(row, entry)
        if now == row.entry:
            self.differing.pop(place, None)
        elif self.number <= self.entries:  # what comes meanwhile is told by more than one look
            number = entry.get("row")
            self.differing[place] = row.row_number if row.row_number is not None else int(number or 0)

    def _word_now(self, row: Any, when: str) -> str:
        place = (row.position, when)
        word = self.words.get(place)
        if word is None:
            return ""
        self.words_met.add(place)
        fields = word_fields(self.run.id, word["row_number"], word)
        return entry_text(fields, self._told(row, {"note": word["note"]}))

    def _attempt_now(self, row: Any, entry: Mapping[str, Any]) -> str:
        if row.number is None or row.row_number is None:
            return ""
        fields = attempt_fields(str(entry.get("event")), self.run.id, self.run.kind.value, row, row)
        return entry_text(fields, self._told(row, facts_of(row.arguments)))

    def _told(self, row: Any, facts: Facts) -> str:
        if self.is_pruned:  # what the entry says of it can be neither confirmed nor denied
            return str(_as_object(row.entry).get("told_sha256", ""))
        return told_digest(self.salt, facts)


def _entries(connection: Connection, run_key: int) -> Iterator[Any]:
    in_pages = {"yield_per": _ENTRIES_A_FETCH}
    yield from connection.execute(_ENTRIES, {"run_key": run_key}, execution_options=in_pages)


def _words(connection: Connection, run_key: int) -> Mapping[tuple[int, str], Mapping[str, Any]]:
    found = connection.execute(_WORDS, {"run_key": run_key}).mappings()
    return {(word["position"], moment(word["resolved_at"])): dict(word) for word in found}


def _facts(row: Any, entry: Mapping[str, Any], notes: Mapping[tuple[int, str], str]) -> Facts:
    if entry["event"] == WORD:
        return {"note": notes.get((row.position, str(entry["resolved_at"])), "")}
    return facts_of(row.arguments)


def _as_object(entry: str) -> Mapping[str, Any]:
    try:
        found = json.loads(entry)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
