"""Row records -> counts by status and code that add up, the exit code, and the summary for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from hotline_batch.errors import LedgerError
from hotline_batch.model import Kind, RowRecord, Run, RunState, RunSummary, Status
from hotline_batch.results.cell_safety import one_line
from hotline_batch.results.changes import changes_of
from hotline_batch.results.kept_columns import KeptColumns
from hotline_batch.results.next_steps import MOST_ROWS_NAMED, command_for_rows
from hotline_batch.results.problems import needs_a_person
from hotline_batch.results.rows import CHANGES_COLUMN, ResultLayout, explanation, own_cells
from hotline_batch.results.texts import field_text
from hotline_batch.settings.practice import is_practice

ROW_NUMBERS_SHOWN = 10
"""Row numbers that a summary keeps per code."""

OTHER_TOPIC_STATUSES = "(other)"
_MOST_TOPIC_STATUSES = 30
"""Hotline knows three; whatever else a reply holds must not fill a summary without end."""

_LONGEST_TOPIC_STATUS = 60

EXIT_MEANINGS: Mapping[int, str] = {
    0: "Every row is done or was left out on purpose.",
    1: "Finished; some rows failed or cannot be used.",
    3: "Finished; some rows may or may not have been delivered.",
    4: "Stopped early; 'resume' goes on.",
    130: "Interrupted; 'resume' goes on.",
}


PRACTICE_WORDS: Mapping[Kind, str] = {
    Kind.SEND: "Practice: nothing was sent for real.",
    Kind.ENRICH: "Practice: these topics are not real.",
}
"""What is said of a run that only practised, wherever its figures are told."""

_STATUSES = {status.value: status for status in Status}


class CountedRow(NamedTuple):
    """A row and our own cells of it; ``left_out`` rows do not stand in the result sheet."""

    record: RowRecord
    own: list[str]
    is_changed: bool
    left_out: bool


class Tally:
    """Counts rows as they pass, and sees that each passes once and in the sheet's order."""

    def __init__(self, run: Run) -> None:
        done = Status.SENT if run.kind is Kind.SEND else Status.ENRICHED
        other = Status.ENRICHED if run.kind is Kind.SEND else Status.SENT
        self._run = run
        self._counts: dict[Status, int] = {done: 0} | {status: 0 for status in Status if status not in {done, other}}
        self._codes: Counter[str] = Counter()
        self._row_numbers: dict[str, list[int]] = {}
        self._topic_statuses: Counter[str] = Counter()
        self._invalid_rows: list[int] = []
        self._left_out = 0
        self._changed = 0
        self._needing_a_person = 0
        self._last_number = 0

    def add(
        self,
        number: int,
        status: str,
        code: str,
        topic_status: str = "",
        *,
        is_changed: bool = False,
        left_out: bool = False,
    ) -> None:
        """Count one row. LedgerError if the ledger gives a row twice or out of order.

        ``topic_status`` is that of an enriched row, which ``is_changed`` if its dialog differs from before;
        ``left_out`` rows do not stand in the result sheet.
        """
        if number <= self._last_number:
            raise LedgerError(
                f"The ledger gives row {number} of run {self._run.id} after row {self._last_number}, so it is damaged. "
                "No result sheet was written. Run 'hotline-batch doctor'."
            )
        self._last_number = number
        self._counts[_STATUSES[status]] += 1
        if status == Status.INVALID and len(self._invalid_rows) < MOST_ROWS_NAMED:
            self._invalid_rows.append(number)
        if code:
            self._codes[code] += 1
            numbers = self._row_numbers.setdefault(code, [])
            if len(numbers) < ROW_NUMBERS_SHOWN:
                numbers.append(number)
        self._left_out += left_out
        self._changed += is_changed
        self._needing_a_person += needs_a_person(status, code)
        if status == Status.ENRICHED:
            known = topic_status in self._topic_statuses or len(self._topic_statuses) < _MOST_TOPIC_STATUSES
            self._topic_statuses[topic_status if known else OTHER_TOPIC_STATUSES] += 1

    def counted(
        self, layout: ResultLayout, records: Iterable[RowRecord], *, only_changed: bool
    ) -> Iterator[CountedRow]:
        """The rows of a result sheet, each counted on its way; with ``only_changed`` the others are left out."""
        status_at, code_at = layout.own.index("hotline_status"), layout.own.index("hotline_error_code")
        changes_at = layout.own.index(CHANGES_COLUMN) if CHANGES_COLUMN in layout.own else -1
        for record in records:
            own = own_cells(self._run, layout, record)
            is_changed = changes_at >= 0 and bool(own[changes_at])
            left_out = only_changed and not is_changed
            topic_status = topic_status_of(record)
            self.add(
                record.number, own[status_at], own[code_at], topic_status, is_changed=is_changed, left_out=left_out
            )
            yield CountedRow(record, own, is_changed, left_out)

    def add_record(self, record: RowRecord, *, is_changed: bool = False, left_out: bool = False) -> None:
        """Count one row, see ``add``."""
        status = record.status(self._run.kind)
        code = explanation(self._run, record, status)[0]
        self.add(record.number, status, code, topic_status_of(record), is_changed=is_changed, left_out=left_out)

    def summary(self, rate: str, result: str) -> RunSummary:
        """The counts as a summary. LedgerError if they do not add up to the rows of the input."""
        run = self._run
        total = sum(self._counts.values())
        if total != run.rows and run.state is not RunState.PLANNING:
            raise LedgerError(
                f"The sheet of run {run.id} has {run.rows} rows, but the ledger accounts for {total}, "
                "so it is damaged. No result sheet was written. Run 'hotline-batch doctor'."
            )
        return RunSummary(
            run=run.id,
            kind=run.kind,
            state=run.state,
            exit_code=exit_code_for(run.state, self._counts),
            rows=total,
            counts=dict(self._counts),
            codes=dict(self._codes.most_common()),
            row_numbers={code: tuple(self._row_numbers[code]) for code, _ in self._codes.most_common()},
            result=result,
            seconds=run.active_seconds,
            rate=rate,
            stop_code=run.stop_code,
            stop_reason=run.stop_reason,
            left_out=self._left_out,
            topic_statuses=dict(self._topic_statuses.most_common()),
            changed=self._changed,
            needing_a_person=self._needing_a_person,
            is_practice=is_practice(run),
            again=command_for_rows(
                run, self._invalid_rows, are_all=len(self._invalid_rows) == self._counts[Status.INVALID]
            ),
        )


def summarise(run: Run, records: Iterable[RowRecord], rate: str, *, only_changed: bool = False) -> RunSummary:
    """Count the rows of a run. LedgerError if a row is missing, comes twice or stands out of order.

    ``only_changed``: the result sheet holds the rows with a change alone. A row has a change only where its record
    knows of an earlier answer; changes of columns that the run leaves out are none.
    """
    tally = Tally(run)
    kept = KeptColumns.of(run.options.results)
    for record in records:
        is_changed = any(kept is None or kept.keeps_own(change.field) for change in changes_of(record))
        tally.add_record(record, is_changed=is_changed, left_out=only_changed and not is_changed)
    return tally.summary(rate, run.output_path)


def topic_status_of(record: RowRecord) -> str:
    """The status of the dialog that a look-up found, as the API writes it, whatever that is."""
    found = record.fields.get("topic_status")
    return one_line(field_text(found), _LONGEST_TOPIC_STATUS) if found else ""


def exit_code_for(state: RunState, counts: Mapping[Status, int]) -> int:
    """The exit code of a run: the first that applies of 130, 4, 3, 1, 0."""
    if state is RunState.INTERRUPTED:
        return 130
    if state is not RunState.FINISHED or counts.get(Status.NOT_ATTEMPTED):
        return 4
    if counts.get(Status.UNKNOWN):
        return 3
    if counts.get(Status.FAILED) or counts.get(Status.INVALID):
        return 1
    return 0


def summary_as_json(summary: RunSummary) -> dict[str, object]:
    """The summary as the object that ``--json`` prints."""
    return {
        "run": summary.run,
        "kind": summary.kind.value,
        "state": summary.state.value,
        "exit_code": summary.exit_code,
        "rows": summary.rows,
        "counts": {status.value: count for status, count in summary.counts.items()},
        "codes": dict(summary.codes),
        "row_numbers": {code: list(numbers) for code, numbers in summary.row_numbers.items()},
        "result": summary.result,
        "seconds": round(summary.seconds, 1),
        "rate": summary.rate,
        "stop_code": summary.stop_code,
        "stop_reason": summary.stop_reason,
        "left_out": summary.left_out,
        "topic_statuses": dict(summary.topic_statuses),
        "changed": summary.changed,
        "needing_a_person": summary.needing_a_person,
        "practice": summary.is_practice,
    }
