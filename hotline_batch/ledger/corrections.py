"""Which run corrects which, and which rows were given to a correction already."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from hotline_batch.errors import LedgerError
from hotline_batch.issues.issue import Issue
from hotline_batch.language.words import words
from hotline_batch.ledger import statements
from hotline_batch.ledger.database.transactions import Length, reading, writing
from hotline_batch.ledger.history.sent_before import why_left_out
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.records import job_state
from hotline_batch.ledger.run_records import run_values
from hotline_batch.ledger.schema import correction
from hotline_batch.ledger.schema import run as run_table
from hotline_batch.model.jobs import JobState
from hotline_batch.model.runs import Run

_CORRECTIONS = text("""
    select correction.number, run.id, run.state, run.owner
    from correction join run on run.run_key = correction.run_key
    where correction.corrected_key = :run_key order by correction.number
""")

_CONNECTIONS_ASKED = text("""
    select distinct connection from sheet_row where run_key = :run_key and state not in ('rejected', 'skipped')
""")

_ANY_CORRECTION = text("select 1 from correction limit 1")

# A message that a run sent which was corrected later, where a correction sent, or may have sent, that other message.
_SENT_AND_CORRECTED = text("""
    select other.state, other.claimed_at, run.id from sheet_row as other join run on run.run_key = other.run_key
    where other.key = :key and other.state in ('in_flight', 'succeeded', 'unknown') and other.claimed_at is not null
      and exists (select 1 from correction where correction.corrected_key = other.run_key)
      and exists (
          select 1 from sheet_row as mine join correction on correction.run_key = mine.run_key
          where mine.key = :correction and mine.state in ('in_flight', 'succeeded', 'unknown')
            and mine.claimed_at is not null)
    order by other.state = 'succeeded' desc, other.claimed_at desc limit 1
""")

# A message that a run sent which this one corrects, or which one corrects that this one corrects, and so on.
_SENT_BY_CORRECTED = text("""
    with recursive above (run_key) as (
        select correction.corrected_key from correction join run on run.run_key = correction.run_key
        where run.id = :run
        union
        select correction.corrected_key from correction join above on correction.run_key = above.run_key)
    select other.state, other.claimed_at, run.id from sheet_row as other join run on run.run_key = other.run_key
    where other.key = :key and other.state in ('in_flight', 'succeeded', 'unknown') and other.claimed_at is not null
      and other.run_key in (select run_key from above)
    order by other.state = 'succeeded' desc, other.claimed_at desc limit 1
""")

_CORRECTED_KEY = text("select corrected_key from correction where run_key = :run_key")

# Rows that were left out of a correction, or could not be used there, were given to none; but for those whose user gets
# the same by another row. What corrects a correction counts with it: its rows stand at the same positions.
_GIVEN = text(f"""
    {statements.WITH_CORRECTIONS_BELOW}
    select sheet_row.position, sheet_row.number, sheet_row.state, sheet_row.parameters, sheet_row.key, run.id
    from below
    join run on run.run_key = below.run_key
    join sheet_row on sheet_row.run_key = below.run_key
    where sheet_row.state not in ('rejected', 'skipped')
       or sheet_row.state = 'skipped' and sheet_row.code = 'duplicate_in_sheet'
    order by run.run_key, sheet_row.position
""")  # noqa: S608 - the words are ours

_Place = TypeVar("_Place", int, bytes)


@dataclass(frozen=True, slots=True)
class Correction:
    """A run that corrects another one; ``number`` counts from 1."""

    number: int
    run: str
    state: str
    owner: str


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A row that was given to a correction, and what became of it there."""

    run: str
    state: JobState

    @property
    def may_have_arrived(self) -> bool:
        """Whether the correction reached whoever got the message, as far as anybody knows."""
        return self.state.may_have_arrived


def connections_to_correct(ledger: Ledger, run_id: str) -> Sequence[str]:
    """The connections that corrections of a run may go through: those of the rows that it asked something for."""
    return sorted(row.connection for row in ledger.found(run_id, _CONNECTIONS_ASKED, "reading the rows"))


def corrections_of(ledger: Ledger, run_id: str) -> Sequence[Correction]:
    """The corrections of a run in their order, also one that is being planned."""
    found = ledger.found(run_id, _CORRECTIONS, "reading the corrections")
    return [Correction(row.number, row.id, row.state, row.owner) for row in found]


def corrected_key(ledger: Ledger, run_id: str) -> int | None:
    """The number of the run that this one corrects; None where it corrects none. It is so from its planning on."""
    found = ledger.found(run_id, _CORRECTED_KEY, "reading the corrections")
    return next((int(row.corrected_key) for row in found), None)


def is_corrected(ledger: Ledger, run_id: str) -> bool:
    """Whether any run corrects this one. Whoever holds lanes of it may rely on that: a correction is planned while
    nobody does.
    """
    return bool(corrections_of(ledger, run_id))


@dataclass(frozen=True, slots=True)
class Given:
    """What the corrections of a run were to reach: its rows by position, and their own messages by key; where one was
    given to several, what counts most.
    """

    rows: dict[int, GivenRow] = field(default_factory=dict)
    messages: dict[bytes, GivenRow] = field(default_factory=dict)


def given_to_corrections(ledger: Ledger, run_id: str) -> Given:
    """What was given to corrections of a run so far."""
    given = Given()
    with reading(ledger.engine, "reading the corrections", Length.LONG) as connection:
        states: dict[tuple[str, int | None], JobState] = {}
        for row in connection.execute(_GIVEN, {"run_key": ledger.run_key(run_id, connection)}):
            state = job_state(row.state)
            if state is JobState.SKIPPED:  # what became of the row further up counts
                # Once the correction was pruned, nobody knows any more which one that was.
                further_up = json.loads(row.parameters)["row"] if row.parameters else None
                state = states.get((row.id, further_up), JobState.UNKNOWN)
            states[row.id, row.number] = state
            found = GivenRow(row.id, state)
            _keep(given.rows, row.position, found)
            if row.key is not None:
                _keep(given.messages, bytes(row.key), found)
    return given


def _keep(given: dict[_Place, GivenRow], place: _Place, found: GivenRow) -> None:
    before = given.get(place)
    if before is None or not before.may_have_arrived:
        given[place] = found


class SentAndCorrected:
    """Which messages were sent, and corrected later: a ledger is asked for each, where it has any correction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._has_corrections: bool | None = None

    def __call__(self, key: bytes, correction: bytes | None, run_id: str) -> Issue | None:
        """Why a message is not sent again that a run sent, if what corrected that run was the other message.

        Without one: if the run of that id, whomever of its rows it reached, was to correct it.
        """
        if self._has_corrections is False:
            return None
        sent = _SENT_AND_CORRECTED if correction is not None else _SENT_BY_CORRECTED
        values = {"correction": correction} if correction is not None else {"run": run_id}
        with reading(self._ledger.engine, "reading the corrections") as connection:
            if self._has_corrections is None:
                self._has_corrections = connection.execute(_ANY_CORRECTION).first() is not None
            found = connection.execute(sent, {"key": key, **values}).first() if self._has_corrections else None
        return why_left_out(found.state == JobState.SUCCEEDED, found.claimed_at, found.id) if found else None


def add_correction(ledger: Ledger, run: Run, corrected: str, number: int) -> None:
    """Store a new run without rows, as a correction of another one.

    ``number`` is the one after the newest that whoever plans it has seen. LedgerError where another one was added
    since.
    """
    with writing(ledger.engine, "storing the correction") as connection:
        corrected_key = ledger.run_key(corrected, connection)
        connection.execute(insert(run_table), run_values(run))
        values = {"corrected_key": corrected_key, "number": number, "run_key": ledger.run_key(run.id, connection)}
        try:
            connection.execute(insert(correction), values)
        except IntegrityError:
            said = words(
                "Somebody else has just begun a correction of run {run}. Look at it before you go on.", run=corrected
            )
            raise LedgerError(said) from None
