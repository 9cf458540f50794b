"""What is asked for when a run is corrected; who got its message and gets the correction, and who not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from hotline_batch.application.planning.sheet_plan import SheetPlan
from hotline_batch.issues.issue import CASE, Issue
from hotline_batch.issues.left_out import IN_DOUBT, LEFT_OUT_THERE, NOT_DELIVERED, NOT_TRIED, STILL_OPEN, UNUSABLE
from hotline_batch.issues.words import meaning_of, words_of
from hotline_batch.keys import request_key
from hotline_batch.ledger.corrections import Correction, Given, GivenRow
from hotline_batch.model.jobs import Connection, Decision, JobState, PlannedRow, SendMessage, SkippedRow
from hotline_batch.model.runs import RowRecord, Run
from hotline_batch.model.sheets import Row
from hotline_batch.plan.correction import CorrectionPlanner
from hotline_batch.plan.duplicates import keeping
from hotline_batch.plan.selection import SelectedRows
from hotline_batch.run_options import RunOptions
from hotline_batch.tally import Tally

_ROWS_KEPT = 20
_WHY_NOT: Mapping[JobState, str] = {
    JobState.FAILED: NOT_DELIVERED,
    JobState.REJECTED: UNUSABLE,
    JobState.SKIPPED: LEFT_OUT_THERE,
    JobState.PENDING: NOT_TRIED,
    JobState.WAITING: NOT_TRIED,
}
_MAY_HAVE_ARRIVED = (JobState.UNKNOWN, JobState.IN_FLIGHT)


@dataclass(frozen=True, slots=True)
class CorrectionRequest:
    """A run whose messages were wrong, and what those who got them are to get.

    Of the ``options``, those about messages, rows and limits count; one of ``message`` and ``template`` is needed.
    ``output`` as of ``SheetRequest``; None: beside the sheet. ``include_unknown``: rows in doubt get it, too.
    ``again``: the run was corrected before, and those whom that correction did not reach are to get this one.
    ``asks``: a person is asked before anything is sent. ``seen`` is how many corrections of the run whoever asks has
    seen; None: whatever there is.
    """

    run: str
    options: RunOptions = field(default_factory=RunOptions)
    output: str | None = None
    force: bool = False
    include_unknown: bool = False
    again: bool = False
    asks: bool = False
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows that a correction leaves out for one reason: how many, and the first row numbers."""

    code: str
    words: str
    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CorrectionPlan:
    """To whom a correction would go, to whom not and why, and what they would get.

    ``plan`` is that of the new run, over all rows of the ``corrected`` one. ``sent`` of its recipients surely got the
    wrong message, ``in_doubt`` may have. ``earlier`` are corrections that there are already. ``to_go`` rows of the
    corrected run are still to be sent as they were planned. ``sheet_remark`` says what became of the sheet meanwhile,
    empty where it is as it was. ``digest`` stands for the messages and whom they go to: whoever agrees to them names
    it.
    """

    corrected: Run
    plan: SheetPlan
    sent: int
    in_doubt: int
    left_out: Sequence[LeftOut]
    earlier: Sequence[Correction]
    to_go: int
    sheet_remark: str
    digest: str

    @property
    def recipients(self) -> int:
        """Rows that would get the correction."""
        return self.plan.tally.usable


@dataclass(frozen=True, slots=True)
class PlannedCorrection:
    """A correction in the ledger that waits for a yes: what a person looks at before ``start_run``.

    ``waits_for_approval``: somebody else has to look at it, too.
    """

    run: Run
    correction: CorrectionPlan
    waits_for_approval: bool = False


class Recipients:
    """Goes through the rows of one run, once, and counts who gets what.

    ``sent`` and ``in_doubt`` are rows that get the correction, ``given`` those that a correction was planned for
    already, ``to_go`` those that the run itself may still send.
    """

    def __init__(
        self,
        run: Run,
        request: CorrectionRequest,
        planner: CorrectionPlanner,
        connections: Mapping[str, Connection],
        given: Given,
    ) -> None:
        self._run = run
        self._request = request
        self._planner = planner
        self._connections = connections
        self._given = given
        self._selection = SelectedRows(run.header, request.options.selection)
        self._left_out: Tally[tuple[str, str]] = Tally(_ROWS_KEPT)
        self.sent = self.in_doubt = self.given = self.to_go = 0

    def plan(self, records: Iterable[RowRecord]) -> Iterator[PlannedRow]:
        """Every row of the run with what is decided about it, in their order."""
        for position, record in enumerate(records):
            row = Row(record.number, record.cells, typed=record.typed)
            decision = self._decided(row, record, position)
            if isinstance(decision, SkippedRow):
                self._left_out.add(_reason(decision.issue), record.number)
            yield PlannedRow(row, decision)

    def left_out(self) -> list[LeftOut]:
        """Who gets nothing, by reason."""
        return [
            LeftOut(code, words, count, self._left_out.rows((code, words)))
            for (code, words), count in self._left_out.counts.items()
        ]

    def _decided(self, row: Row, record: RowRecord, position: int) -> Decision:
        is_to_go = record.state in (JobState.PENDING, JobState.WAITING) or record.code == "resend_asked"
        self.to_go += is_to_go
        left_out = self._selection.left_out(row)
        if left_out is not None:
            return left_out
        reached = record.state is JobState.SUCCEEDED
        in_doubt = record.state in _MAY_HAVE_ARRIVED
        if not (reached or (in_doubt and self._request.include_unknown)) or record.request is None:
            return SkippedRow(row.number, self._why_not(row, record))
        assert isinstance(record.request, SendMessage)  # noqa: S101 - the run is a send
        user_id = record.request.user_id
        given = self._given.rows.get(position)
        self.given += given is not None
        if issue := self._why_not_again(given):
            return SkippedRow(row.number, self._with_text_given(issue, row, user_id, record.connection))
        connection = self._connections[record.connection]
        decision = self._planner.decide(row, user_id, connection, partial(self._given_by_another_row, given))
        if not isinstance(decision, SkippedRow):
            self._selection.count_usable()
            self.sent += reached
            self.in_doubt += in_doubt
        return decision

    def _given_by_another_row(self, given: GivenRow | None, key: bytes) -> Issue | None:
        """Why the message is left out though this row itself was ``given`` to no correction that reached its user."""
        message = self._given.messages.get(key)
        self.given += given is None and message is not None
        return self._why_not_again(message)

    def _why_not_again(self, given: GivenRow | None) -> Issue | None:
        """Why what a correction was given already, if so, is left out; None where it is to go."""
        if given is None or not (given.may_have_arrived or not self._request.again):
            return None
        return Issue("already_corrected", parameters={"run": given.run})

    def _with_text_given(self, issue: Issue, row: Row, user_id: int, connection: str) -> Issue:
        """The text is kept where it is that of the other correction: whatever else that one sent is not known here."""
        message = self._planner.would_send(row)
        through = self._connections.get(connection)
        if not message or through is None:
            return issue
        is_that = request_key(through.identity, SendMessage(user_id, message)) in self._given.messages
        return keeping(issue, message, connection) if is_that else issue

    def _why_not(self, row: Row, record: RowRecord) -> Issue:
        """Why there is nothing to correct; with the text where the corrected run surely sent none, and sends none.

        Another text is open then in the result; a row in doubt stays left out whatever the text.
        """
        case = _WHY_NOT.get(record.state, IN_DOUBT)
        parameters: dict[str, str | int] = {CASE: case, "run": self._run.id}
        if case == LEFT_OUT_THERE:
            parameters["code"] = record.code
        issue = Issue("nothing_to_correct", parameters=parameters)
        is_over = case in (NOT_DELIVERED, UNUSABLE) and record.code != "resend_asked"
        if is_over or (case == LEFT_OUT_THERE and record.code in STILL_OPEN):
            message = self._planner.would_send(row)
            return keeping(issue, message, record.connection) if message else issue
        return issue


def _reason(issue: Issue) -> tuple[str, str]:
    """Code and words that all rows left out for one reason share."""
    is_of_one_row = issue.code == "duplicate_in_sheet"
    return issue.code, meaning_of(issue.code) if is_of_one_row else words_of(issue)
