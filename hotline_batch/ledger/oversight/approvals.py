"""Two pairs of eyes: what a run would send, as a digest that somebody else approves, or not.

A run that has a question is claimed no row of until its newest question was approved, see ``journal/claims``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, text, update

from hotline_batch.errors import ApprovalNeeded, DecidedAlready, LedgerError, NotAllowed
from hotline_batch.language.words import words
from hotline_batch.ledger.database.transactions import Length, database_now, reading, writing
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.audit_log import Action, record_within
from hotline_batch.ledger.oversight.second_person import (
    goes_for_the_first_time,
    how_many_go_once_more,
    who_prepared,
    whose_hand,
)
from hotline_batch.ledger.oversight.tables import approval
from hotline_batch.ledger.records import as_json, storable
from hotline_batch.ledger.schema import run as run_table
from hotline_batch.model.runs import Run
from hotline_batch.people import Person, PersonKind

_ROWS_A_FETCH = 1_000

# Everything that would be posted, whatever became of it since: neither changes while a run goes on.
_WHAT_IS_SENT = text("""
    select position, number, connection, arguments from sheet_row
    where run_key = :run_key and arguments is not null order by position
""")

# Whatever is still being planned is no question yet.
_OPEN = text("""
    select run.id, approval.* from approval join run on run.run_key = approval.run_key
    where approval.decision = '' and run.state <> 'planning'
      and not exists (
          select 1 from approval as later where later.run_key = approval.run_key and later.number > approval.number)
    order by approval.asked_at
""")


class Decision(StrEnum):
    """What became of a question."""

    OPEN = ""
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Approval:
    """A question to a second pair of eyes, and the answer. Times are seconds since the epoch, UTC.

    ``digest`` is of all that is asked for: whatever changes it makes the answer void.
    """

    number: int
    digest: bytes
    asked_by: Person
    asked_at: float
    decision: Decision
    decided_by: Person | None
    decided_at: float | None
    note: str


def plan_digest(connection: Connection, run: Run, run_key: int) -> bytes:
    """The digest of what a run would send: each row with its message, user and connection, and the service.

    Pace, output and the like are left out: they change nothing of what anybody gets.
    """
    digest = hashlib.sha256(
        as_json([run.id, run.kind.value, run.endpoint, sorted(run.notes.identities.items())]).encode()
    )
    in_pages = {"yield_per": _ROWS_A_FETCH}
    for row in connection.execute(_WHAT_IS_SENT, {"run_key": run_key}, execution_options=in_pages):
        digest.update(as_json([*row]).encode())
        digest.update(b"\n")
    return digest.digest()


def ask_for_approval(ledger: Ledger, run: Run, by: Person, *, first_asked_by: Person | None = None) -> Approval:
    """Ask for a second pair of eyes on what a run would send now; whatever was asked before counts no more.

    ``first_asked_by``: whose question it stays where somebody else asks it once more, of which the audit tells.
    """
    with writing(ledger.engine, "asking for approval", Length.LONG) as connection:
        return ask_within(connection, run, ledger.run_key(run.id, connection), by, first_asked_by=first_asked_by)


def ask_within(
    connection: Connection, run: Run, run_key: int, by: Person, *, first_asked_by: Person | None = None
) -> Approval:
    """The same as the last steps of a transaction."""
    before, asked_by = newest_approval(connection, run_key), first_asked_by or by
    number, digest = before.number + 1 if before else 1, plan_digest(connection, run, run_key)
    asked = Approval(number, digest, asked_by, database_now(connection), Decision.OPEN, None, None, "")
    values = {"run_key": run_key, "number": number, "digest": digest, "asked_at": asked.asked_at}
    values |= {"asked_by": asked_by.name, "asked_as": asked_by.kind.value}
    values |= {"decision": asked.decision.value, "decided_by": "", "decided_as": "", "note": ""}
    connection.execute(insert(approval), values)
    record_within(connection, by, Action.ASKED_FOR_APPROVAL, run.id, plan=digest.hex())
    return asked


def approval_of(ledger: Ledger, run_id: str) -> Approval | None:
    """The newest question about a run; None where nobody ever asked."""
    with reading(ledger.engine, "reading the approval") as connection:
        return newest_approval(connection, ledger.run_key(run_id, connection))


def open_questions(ledger: Ledger) -> Sequence[tuple[str, Approval]]:
    """Runs by their id whose newest question nobody has answered yet, the oldest question first."""
    with reading(ledger.engine, "reading the approvals") as connection:
        return [(row.id, _approval_from(row)) for row in connection.execute(_OPEN)]


def whose_hand_in(ledger: Ledger, run: Run, by: Person) -> Person | None:
    """Whom of those who have a hand in what is asked about a run this person may be, as ``decide`` refuses them."""
    with reading(ledger.engine, "reading the approval") as connection:
        return whose_hand(connection, run, ledger.run_key(run.id, connection), by)


def sends_of_the_plan(ledger: Ledger, run_id: str) -> bool:
    """Whether any row of a run is to be sent for the first time, or is on its way."""
    with reading(ledger.engine, "reading the approval") as connection:
        return goes_for_the_first_time(connection, ledger.run_key(run_id, connection))


def second_copies(ledger: Ledger, run_id: str) -> int:
    """How many rows of a run are to be sent that may have arrived already."""
    with reading(ledger.engine, "reading the approval") as connection:
        return how_many_go_once_more(connection, ledger.run_key(run_id, connection))


def newest_approval(connection: Connection, run_key: int) -> Approval | None:
    """The same within a connection."""
    query = select(approval).where(approval.c.run_key == run_key).order_by(approval.c.number.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _approval_from(row)


def _approval_from(row: Any) -> Approval:
    decided_by = Person(row.decided_by, PersonKind(row.decided_as)) if row.decided_as else None
    return Approval(
        number=row.number,
        digest=bytes(row.digest),
        asked_by=Person(row.asked_by, PersonKind(row.asked_as)),
        asked_at=row.asked_at,
        decision=Decision(row.decision),
        decided_by=decided_by,
        decided_at=row.decided_at,
        note=row.note,
    )


def decide(ledger: Ledger, run: Run, by: Person, decision: Decision, note: str, *, seen: bytes | None = None) -> None:
    """Approve or reject what a run would send.

    ``seen`` is the digest of what was looked at. Raises NotAllowed for whoever has a hand in it, see ``whose_hand``;
    LedgerError where nothing is asked, somebody has decided already, or the plan is not the one that was looked at.
    """
    run_key = ledger.run_key(run.id)
    with writing(ledger.engine, "keeping the decision", Length.LONG) as connection:
        found = newest_approval(connection, run_key)
        if found is None:
            raise LedgerError(words("Nobody asked for an approval of run {run}. It needs none.", run=run.id))
        _check_undecided(run, found, by, decision)
        if hand := whose_hand(connection, run, run_key, by):
            raise _has_a_hand_in_it(run, hand)
        now = plan_digest(connection, run, run_key)
        if not hmac.compare_digest(now, found.digest) or (seen is not None and not hmac.compare_digest(seen, now)):
            raise LedgerError(
                words("The plan of run {run} has changed meanwhile. Look at it again, then decide.", run=run.id)
            )
        values = {
            "decision": decision.value,
            "decided_by": by.name,
            "decided_as": by.kind.value,
            "decided_at": database_now(connection),
            "note": storable(note),
        }
        is_that_one = (approval.c.run_key == run_key) & (approval.c.number == found.number)
        # Whoever decides at the same moment is refused: one decision counts.
        still = is_that_one & (approval.c.decision == found.decision.value)
        if connection.execute(update(approval).where(still).values(**values)).rowcount != 1:
            raise LedgerError(words("Somebody else has just decided about run {run}. Look at it again.", run=run.id))
        action = Action.APPROVED if decision is Decision.APPROVED else Action.REJECTED
        told = {"note_sha256": hashlib.sha256(note.encode("utf-8", "replace")).hexdigest()} if note else {}
        record_within(connection, by, action, run.id, plan=now.hex(), **told)


def check_approved(ledger: Ledger, run: Run) -> None:
    """Raises ApprovalNeeded where what a run would send now is not what somebody else approved."""
    run_key = ledger.run_key(run.id)
    with reading(ledger.engine, "reading the approval", Length.LONG) as connection:
        found = newest_approval(connection, run_key)
        if found is None or found.decision is not Decision.APPROVED:
            raise approval_needed(run.id, found)
        if not hmac.compare_digest(plan_digest(connection, run, run_key), found.digest):
            raise ApprovalNeeded(run.id, words("Its plan has changed since it was approved, so the approval is void."))


def refuse_unless_approved(connection: Connection, run_key: int) -> None:
    """Raises ApprovalNeeded where somebody was asked about a run, and the newest question has no yes.

    Every claim of rows has this condition, too, see ``statements.CLAIM``; this says why it found none.
    """
    found = newest_approval(connection, run_key)
    if found is not None and found.decision is not Decision.APPROVED:
        run_id = connection.execute(select(run_table.c.id).where(run_table.c.run_key == run_key)).scalar_one()
        raise approval_needed(run_id, found)


def approval_needed(run_id: str, found: Approval | None) -> ApprovalNeeded:
    """The error that says what is in the way."""
    if found is None:
        return ApprovalNeeded(run_id, words("Messages through this connection need the approval of a second person."))
    if found.decision is Decision.REJECTED and found.decided_by:
        because = f": {found.note}" if found.note else "."
        return ApprovalNeeded(
            run_id, words("{decided_by} rejected it{because}", decided_by=found.decided_by.name, because=because)
        )
    return ApprovalNeeded(
        run_id, words("{asked_by} prepared it, and nobody else has approved it yet.", asked_by=found.asked_by.name)
    )


def check_undecided(ledger: Ledger, run: Run, by: Person, decision: Decision) -> None:
    """Raises DecidedAlready as ``decide``, without any look at the plan: also while somebody works on the run."""
    found = approval_of(ledger, run.id)
    if found is not None:
        _check_undecided(run, found, by, decision)


def _check_undecided(run: Run, found: Approval, by: Person, decision: Decision) -> None:
    if found.decision is Decision.OPEN or _may_be_taken_back(found, decision):
        return
    who = found.decided_by.name if found.decided_by else ""
    if found.decision is Decision.APPROVED:
        said = words("Run {run} was approved by {decided_by} already.", run=run.id, decided_by=who)
    else:
        said = words("Run {run} was rejected by {decided_by} already.", run=run.id, decided_by=who)
    is_own = found.decided_by is not None and (by.name, by.kind) == (found.decided_by.name, found.decided_by.kind)
    raise DecidedAlready(run.id, said, is_own=is_own and decision is found.decision)


def _has_a_hand_in_it(run: Run, hand: Person) -> NotAllowed:
    if hand.is_same_as(who_prepared(run)):
        said = words(
            "Run {run} was prepared by {asked_by}, so somebody else has to look at it.",
            run=run.id,
            asked_by=hand.name,
        )
    else:
        said = words(
            "{asked_by} asked for run {run} to be sent, so somebody else has to look at it.",
            run=run.id,
            asked_by=hand.name,
        )
    return NotAllowed(said)


def _may_be_taken_back(found: Approval, decision: Decision) -> bool:
    """An approval may still become a rejection, and the other way round nothing: what was rejected is asked anew."""
    return found.decision is Decision.APPROVED and decision is Decision.REJECTED
