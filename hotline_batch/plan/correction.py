"""A row that got a message, and a template -> what corrects that message: a job, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hotline_batch.issues.issue import Issue
from hotline_batch.keys import SeenKeys, request_key
from hotline_batch.model.jobs import Connection, Decision, Job, RejectedRow, SendMessage, SkippedRow
from hotline_batch.model.sheets import Row
from hotline_batch.next_step import Told
from hotline_batch.plan.duplicates import duplicate_of, keeping
from hotline_batch.plan.fields import MessageField
from hotline_batch.plan.findings import RowFindings, SheetWarnings
from hotline_batch.plan.message.template import MessageTemplate
from hotline_batch.plan.message.written_forms import WrittenForms


class CorrectionPlanner:
    """Plans the messages of one correction, once and in the order of the rows.

    ``header`` and the rows are those of the run that is corrected, as the ledger kept them. Raises TemplateError for a
    template that does not fit them, SettingsError for a form of dates or numbers that is not known.
    """

    def __init__(self, header: Sequence[str], template: str, dates: str | None, numbers: str | None) -> None:
        self.template = MessageTemplate(template, header)
        self._width = len(header)
        self._warnings = SheetWarnings()
        self._message = MessageField(header, None, self.template, self._warnings)
        self._untold = MessageField(header, None, self.template, SheetWarnings())
        self._written = WrittenForms(self.template.columns, dates, numbers)
        self._seen = SeenKeys()

    @property
    def warnings(self) -> list[Told]:
        """What is worth a look though it stops no row; grows while rows flow."""
        return [*self.template.warnings, *self._warnings.sentences()]

    def decide(
        self, row: Row, user_id: int, connection: Connection, why_not: Callable[[bytes], Issue | None]
    ) -> Decision:
        """What this row gets: who got its message gets the correction, through the same connection.

        ``why_not`` says of the key of a message why it is left out, if it is.
        """
        findings = RowFindings()
        message = self._message.read(row.number, self._cells(row), findings)
        if findings.issues:
            return RejectedRow(row.number, tuple(findings.issues))
        request = SendMessage(user_id, message)
        key = request_key(connection.identity, request)
        if (issue := why_not(key)) is not None:
            return SkippedRow(row.number, keeping(issue, message, connection.name))
        earlier = self._seen.earlier(key, row.number)
        job = Job(row.number, request, connection.name, key, tuple(findings.repairs))
        return job if earlier is None else duplicate_of(earlier, job)

    def would_send(self, row: Row) -> str:
        """The text for a row that gets no correction; empty where there is none. Warns of nothing."""
        return self._untold.read(row.number, self._cells(row), RowFindings())

    def _cells(self, row: Row) -> Sequence[str]:
        cells: Sequence[str] = (*row.cells, *[""] * (self._width - len(row.cells)))
        return self._written.of(row, cells) if self._written.is_needed else cells
