"""Claims and outcomes of one run -> one durable transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from typing import TypeAlias

from sqlalchemy import Connection, text

from hotline_batch.issues.issue import CASE, Issue, because_of
from hotline_batch.ledger import statements
from hotline_batch.ledger.confirmed_before import end_as_confirmed
from hotline_batch.ledger.database.transactions import database_now
from hotline_batch.ledger.history.known_topics import LearntTopic, strangers
from hotline_batch.ledger.journal.entries import (
    Claim,
    ClaimRefused,
    Entry,
    LaneLost,
    OutcomesInARow,
    Postponed,
    Record,
    TooEarly,
    count_outcomes,
)
from hotline_batch.ledger.journal.overtaken import Overtaking
from hotline_batch.ledger.journal.refused import leave_out
from hotline_batch.ledger.lanes.holds import lost_lanes
from hotline_batch.ledger.lanes.lane import Hold
from hotline_batch.ledger.ledger import PendingJob
from hotline_batch.ledger.oversight.approvals import refuse_unless_approved
from hotline_batch.ledger.oversight.run_chain import TriedRow, append, attempts_to_add
from hotline_batch.ledger.pace.turns import Turns
from hotline_batch.ledger.records import as_json, parameters_as_json, storable
from hotline_batch.model.jobs import Failed, JobState, SendMessage, Succeeded, Unknown
from hotline_batch.model.runs import Delivery

Unclaimed: TypeAlias = ClaimRefused | LaneLost | TooEarly

# In one order, so that two processes never wait for each other; `offset 0` keeps the order where it is.
_LOCK_MESSAGES = text("""
    select pg_advisory_xact_lock(message)
    from (select unnest(cast(:messages as bigint[])) as message order by 1 offset 0) as wanted
""")


@dataclass
class Batch:
    """Entries on their way into the ledger, and what became of them.

    ``unclaimed``, ``turn_at`` and ``stops`` are by position; ``turns`` are to be settled when everything is durable.
    """

    entries: Sequence[Entry]
    tries: int = 0
    unclaimed: dict[int, Unclaimed] = field(default_factory=dict)
    turns: Turns | None = None
    turn_at: dict[int, float] = field(default_factory=dict)
    strangers: dict[int, Unknown] = field(default_factory=dict)
    stops: dict[int, object] = field(default_factory=dict)

    @property
    def records(self) -> list[Record]:
        """The outcomes among the entries."""
        return [entry for entry in self.entries if isinstance(entry, Record)]

    @property
    def claims(self) -> list[Claim]:
        """The claims among the entries."""
        return [entry for entry in self.entries if isinstance(entry, Claim)]

    @property
    def claimed_at(self) -> float:
        """One moment for all claims of a commit: it tells afterwards which rows these claims got."""
        return self.claims[-1].claimed_at

    def result_of(self, record: Record) -> Record:
        """The record as it was kept: a confirmation that cannot be this row's is a doubt."""
        doubt = self.strangers.get(record.job.position)
        return record if doubt is None else replace(record, result=doubt)


@dataclass(frozen=True, slots=True)
class BatchWriter:
    """Writes batches of one run, each whole or not at all.

    Locks are taken in one order by everybody, so that nobody waits for each other: the lanes, the rows of the run,
    topics, its outcomes in a row, its audit, paces, messages. ``corrects`` is the run that this one corrects, if any;
    ``is_corrected``: others correct this one. ``held`` is what must not have been taken by another one before a row is
    claimed; ``identities`` tells of each connection through which service and instance its messages go. ``in_a_row``
    counts the outcomes of all workers of the run; None where this process is the only one, which counts by itself.
    """

    run_key: int
    corrects: int | None
    guard_since: float
    held: Hold
    identities: Mapping[str, str]
    now: Callable[[], float]
    monotonic: Callable[[], float]
    in_a_row: OutcomesInARow | None = None
    is_corrected: bool = False

    def write(self, connection: Connection, batch: Batch) -> None:
        """Write a batch within a transaction; it may be written again where nobody knows how that ended."""
        claims: Sequence[Claim] = batch.claims
        records = batch.records
        batch.unclaimed, batch.turn_at, batch.strangers = {}, {}, {}
        batch.tries += 1
        claims = self._of_held_lanes(connection, batch, claims)
        if records:
            self._keep(connection, batch, records)
        pacers = {claim.pacer for claim in claims if claim.pacer}
        pauses = [pause for record in records for pause in record.pauses]
        now = self.now if connection.dialect.name == "sqlite" else partial(database_now, connection)
        batch.turns = Turns(connection, pacers, pauses, now, self.monotonic)
        if claims:
            self._claim(connection, batch, claims, batch.turns)
        batch.turns.store()

    def _of_held_lanes(self, connection: Connection, batch: Batch, claims: Sequence[Claim]) -> Sequence[Claim]:
        """The claims of lanes that nobody else has taken, nor can until the transaction ends."""
        if not claims:
            return claims
        lane_of = {claim.job.position: self.held.lane_of(claim.job.connection) for claim in claims}
        lost = lost_lanes(connection, self.held, sorted(set(lane_of.values())))
        for claim in claims:
            if lane_of[claim.job.position] in lost:
                batch.unclaimed[claim.job.position] = LaneLost(claim.job)
        return [claim for claim in claims if claim.job.position not in batch.unclaimed] if lost else claims

    # ── outcomes ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _keep(self, connection: Connection, batch: Batch, records: Sequence[Record]) -> None:
        values = [self._record_values(record) for record in records]
        for place, doubt in self._strangers(connection, records).items():
            batch.strangers[records[place].job.position] = doubt
            values[place] |= {"state": JobState.UNKNOWN.value, **_issue_values(doubt.issue)}
        tried = [_tried(record, batch.strangers.get(record.job.position)) for record in records]
        kept = self._kept_before(connection, batch, records)
        entries = attempts_to_add(connection, self.run_key, tried)
        statements.ADD_ATTEMPT.execute(connection, [each._asdict() for each in tried], run_key=self.run_key)
        again = [it.job.position for it in records if it.attempt.number > 1 and not isinstance(it.result, Succeeded)]
        end_as_confirmed(connection, self.run_key, again)
        statements.RECORD.execute(connection, values, run_key=self.run_key)
        if self.in_a_row:
            counted = [batch.result_of(record) for record in records if record.job.position not in kept]
            stops = {position: stop for position, stop in batch.stops.items() if position in kept}
            batch.stops = stops | count_outcomes(connection, self.run_key, counted, self.in_a_row)
        append(connection, self.run_key, entries)

    def _kept_before(self, connection: Connection, batch: Batch, records: Sequence[Record]) -> set[int]:
        """The rows whose outcome an earlier try kept, whose commit failed in a way that leaves open whether it did."""
        if batch.tries == 1 or not self.in_a_row:
            return set()
        values = {"run_key": self.run_key, "positions": [record.job.position for record in records]}
        found = {(row.position, row.number, row.started_at) for row in connection.execute(statements.KEPT, values)}
        tried = {record.job.position: record.attempt for record in records}
        return {at for at, attempt in tried.items() if (at, attempt.number, attempt.started_at) in found}

    def _strangers(self, connection: Connection, records: Sequence[Record]) -> Mapping[int, Unknown]:
        """Which confirmations, by their place among the records, name a topic that is not the user's."""
        told: dict[int, LearntTopic] = {}
        for place, record in enumerate(records):
            match record.job.request, record.result:
                case SendMessage(user_id, _), Succeeded(topic_link=link) if record.job.connection in self.identities:
                    identity = self.identities[record.job.connection]
                    told[place] = LearntTopic(identity, user_id, link, record.finished_at)
                case _:
                    continue
        places = list(told)
        found = strangers(connection, list(told.values()))
        return {
            place: Unknown(Issue("another_topic", parameters={CASE: found[nth]}), records[place].result.http_status)
            for nth, place in enumerate(places)
            if nth in found
        }

    def _record_values(self, record: Record) -> dict[str, object]:
        values: dict[str, object] = {
            "position": record.job.position,
            "attempt": record.attempt.number,
            "finished_at": record.finished_at,
            "http_status": record.result.http_status,
            "not_before": None,
            "topic_link": "",
            "reply": None,
        }
        match record.result:
            case Succeeded(topic_link, fields, _, issue):
                values |= {"state": JobState.SUCCEEDED.value, "topic_link": storable(topic_link)}
                values |= {"reply": as_json(dict(fields))}
            case Postponed(not_before, issue, _):
                values |= {"state": JobState.PENDING.value, "not_before": not_before, "finished_at": None}
            case Unknown(issue, _):
                values |= {"state": JobState.UNKNOWN.value}
            case Failed(issue, _):
                values |= {"state": JobState.FAILED.value}
        return values | _issue_values(issue)

    # ── claims ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _claim(self, connection: Connection, batch: Batch, claims: Sequence[Claim], turns: Turns) -> None:
        got = self._claimed_before(connection, batch)
        wanted = [claim for claim in claims if self._has_turn(claim, batch, turns, claimed=got)]
        unclaimed = [claim for claim in wanted if claim.job.position not in got]
        if unclaimed:
            self._mark(connection, unclaimed, batch)
        for claim in reversed(unclaimed):
            if claim.pacer and claim.job.position in batch.unclaimed:
                turns.give_back(claim.pacer, batch.turn_at[claim.job.position])

    def _claimed_before(self, connection: Connection, batch: Batch) -> set[int]:
        """The rows that an earlier try got, whose commit failed in a way that leaves open whether it went well."""
        if batch.tries == 1:
            return set()
        return self._claimed(connection, [claim.job.position for claim in batch.claims], batch)

    @staticmethod
    def _has_turn(claim: Claim, batch: Batch, turns: Turns, *, claimed: set[int]) -> bool:
        if claim.pacer is None:
            return True
        position = claim.job.position
        turn = turns.take(claim.pacer, claim.told_at, however_far=position in claimed)
        batch.turn_at[position] = turn.at
        if not turn.is_granted:
            batch.unclaimed[position] = TooEarly(claim.job)
        return turn.is_granted

    def _mark(self, connection: Connection, claims: Sequence[Claim], batch: Batch) -> None:
        jobs = {claim.job.position: claim.job for claim in claims}
        corrected = self._overtaken(connection, jobs)
        values = {"run_key": self.run_key, "claimed_at": batch.claimed_at, "guard_since": self.guard_since}
        claimed = connection.execute(statements.CLAIM, values | {"positions": list(jobs.keys() - corrected.keys())})
        if claimed.rowcount == len(jobs):
            return
        refuse_unless_approved(connection, self.run_key)
        refused = sorted(jobs.keys() - self._claimed(connection, list(jobs), batch))
        codes = leave_out(
            connection,
            self.run_key,
            [jobs[position] for position in refused],
            self.guard_since,
            is_correction=self.corrects is not None,
            overtaken=corrected,
        )
        batch.unclaimed |= {position: ClaimRefused(jobs[position], codes[position]) for position in refused}

    def _claimed(self, connection: Connection, positions: Sequence[int], batch: Batch) -> set[int]:
        values = {"run_key": self.run_key, "claimed_at": batch.claimed_at, "positions": positions}
        return {row.position for row in connection.execute(statements.CLAIMED, values)}

    def _overtaken(self, connection: Connection, jobs: Mapping[int, PendingJob]) -> Mapping[int, str]:
        """Lock the messages of these rows; which other correction has reached which of them."""
        if self.corrects is None and not self.is_corrected:
            self._lock_messages(connection, jobs.values())
            return {}
        overtaking = Overtaking.of(connection, self.run_key, list(jobs))
        self._lock_messages(connection, jobs.values(), overtaking.locks)
        keys = {job.position: job.key for job in jobs.values() if self.corrects is not None and job.key is not None}
        return overtaking.rows(connection, keys)

    @staticmethod
    def _lock_messages(connection: Connection, jobs: Collection[PendingJob], more: Sequence[str] = ()) -> None:
        """Two runs that claim one message at one moment would not see each other's claim: one at a time, each message.

        SQLite's transactions take turns anyway.
        """
        if connection.dialect.name != "postgresql":
            return
        keys = [*(job.key for job in jobs if job.key), *(sha256(name.encode()).digest() for name in more)]
        numbers = {int.from_bytes(key[:8], "big", signed=True) for key in keys}
        connection.execute(_LOCK_MESSAGES, {"messages": sorted(numbers)})


def _tried(record: Record, doubt: Unknown | None) -> TriedRow:
    """The attempt as it is kept; it confirmed nothing where it named a topic that is not the user's."""
    attempt = record.attempt
    if doubt is not None:
        attempt = replace(attempt, error_code=doubt.issue.code, delivery=Delivery.MAYBE)
    return TriedRow(
        record.job.position,
        attempt.number,
        attempt.started_at,
        attempt.duration_seconds,
        attempt.http_status,
        attempt.error_code,
        attempt.delivery.value,
    )


def _issue_values(issue: Issue | None) -> dict[str, object]:
    """Code and parameters; ``as_cause`` are those for a row that keeps its own code, see ``statements.RECORD``."""
    if issue is None:
        return {"code": "", "parameters": "", "as_cause": ""}
    as_cause = parameters_as_json(because_of("", issue))
    return {"code": issue.code, "parameters": parameters_as_json(issue), "as_cause": as_cause}
