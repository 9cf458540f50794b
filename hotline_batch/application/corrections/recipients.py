"""Rows of a run that was sent -> who got its message and gets the correction, and who not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hotline_batch.application.corrections.request import CorrectionRequest, LeftOut
from hotline_batch.issues.issue import CASE, Issue
from hotline_batch.issues.left_out import IN_DOUBT, LEFT_OUT_THERE, NOT_DELIVERED, NOT_TRIED, UNUSABLE
from hotline_batch.issues.words import meaning_of, words_of
from hotline_batch.ledger.corrections import GivenRow
from hotline_batch.model.jobs import Connection, Decision, JobState, PlannedRow, SendMessage, SkippedRow
from hotline_batch.model.runs import RowRecord, Run
from hotline_batch.model.sheets import Row
from hotline_batch.plan.correction import CorrectionPlanner
from hotline_batch.plan.selection import Selection
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
        given: Mapping[int, GivenRow],
    ) -> None:
        self._run = run
        self._request = request
        self._planner = planner
        self._connections = connections
        self._given = given
        selection = request.options.selection
        self._selection = Selection(run.header, rows=selection.rows, limit=selection.limit, where=selection.where)
        self._left_out: Tally[tuple[str, str]] = Tally(_ROWS_KEPT)
        self.sent = self.in_doubt = self.given = self.to_go = 0

    def plan(self, records: Iterable[RowRecord]) -> Iterator[PlannedRow]:
        """Every row of the run with what is decided about it, in their order."""
        for position, record in enumerate(records):
            row = Row(record.number, record.cells, typed=record.typed)
            decision = self._decided(row, record, self._given.get(position))
            if isinstance(decision, SkippedRow):
                self._left_out.add(_reason(decision.issue), record.number)
            yield PlannedRow(row, decision)

    def left_out(self) -> list[LeftOut]:
        """Who gets nothing, by reason."""
        return [
            LeftOut(code, words, count, self._left_out.rows((code, words)))
            for (code, words), count in self._left_out.counts.items()
        ]

    def _decided(self, row: Row, record: RowRecord, given: GivenRow | None) -> Decision:
        is_to_go = record.state in (JobState.PENDING, JobState.WAITING) or record.code == "resend_asked"
        self.to_go += is_to_go
        left_out = self._selection.left_out(row)
        if left_out is not None:
            return left_out
        reached = record.state is JobState.SUCCEEDED
        in_doubt = record.state in _MAY_HAVE_ARRIVED
        if not (reached or (in_doubt and self._request.include_unknown)) or record.request is None:
            return SkippedRow(row.number, self._why_not(record))
        if given is not None:
            self.given += 1
            if given.may_have_arrived or not self._request.again:
                return SkippedRow(row.number, Issue("already_corrected", parameters={"run": given.run}))
        assert isinstance(record.request, SendMessage)  # noqa: S101 - the run is a send
        decision = self._planner.decide(row, record.request.user_id, self._connections[record.connection])
        if not isinstance(decision, SkippedRow):
            self._selection.count_usable()
            self.sent += reached
            self.in_doubt += in_doubt
        return decision

    def _why_not(self, record: RowRecord) -> Issue:
        case = _WHY_NOT.get(record.state, IN_DOUBT)
        parameters: dict[str, str | int] = {CASE: case, "run": self._run.id}
        if case == LEFT_OUT_THERE:
            parameters["code"] = record.code
        return Issue("nothing_to_correct", parameters=parameters)


def _reason(issue: Issue) -> tuple[str, str]:
    """Code and words that all rows left out for one reason share."""
    is_of_one_row = issue.code == "duplicate_in_sheet"
    return issue.code, meaning_of(issue.code) if is_of_one_row else words_of(issue)
