"""Rows of a result -> counts by status and code that add up, exit code, and summary for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from hotline_batch.errors import LedgerError
from hotline_batch.language.words import marked, translated, words
from hotline_batch.model.jobs import Kind, Status, statuses_of
from hotline_batch.model.progress import RowsAgain, RunSummary
from hotline_batch.model.runs import RowRecord, Run, RunState
from hotline_batch.next_step import NextStep, step
from hotline_batch.results.problems import needs_a_person
from hotline_batch.results.rows.kept_columns import KeptColumns
from hotline_batch.results.rows.result_row import ResultRow, result_rows
from hotline_batch.settings.practice import is_practice
from hotline_batch.tally import Tally, ranges

ROW_NUMBERS_SHOWN = 10
"""Row numbers that a summary keeps per code."""

MOST_ROWS_NAMED = 200
"""Row numbers that are kept for planning the invalid rows once more."""

OTHER_TOPIC_STATUSES = "(other)"
_MOST_TOPIC_STATUSES = 30
"""Hotline knows three; whatever else a reply holds must not fill a summary without end."""

EXIT_MEANINGS: Mapping[int, str] = marked(
    {
        0: "Every row is done or was left out on purpose.",
        1: "Finished; some rows failed or cannot be used.",
        3: "Finished; some rows may or may not have been delivered.",
        4: "Stopped early; 'resume' goes on.",
        130: "Interrupted; 'resume' goes on.",
    }
)
_NOT_OVER: Mapping[RunState, str] = marked(
    {
        RunState.PLANNING: "Not started yet.",
        RunState.PLANNED: "Not started yet.",
        RunState.RUNNING: "Under way when this was written.",
    }
)


PRACTICE_WORDS: Mapping[Kind, str] = marked(
    {
        Kind.SEND: "Practice: nothing was sent for real.",
        Kind.ENRICH: "Practice: these topics are not real.",
    }
)
"""What is said of a run that only practised, wherever its figures are told."""


class RunTally:
    """Counts the rows of a result as they pass, and sees that each passes once and in the sheet's order.

    With ``only_changed``, rows without a change are counted but do not stand in the result.
    """

    def __init__(self, run: Run, *, only_changed: bool = False) -> None:
        self._run = run
        self._only_changed = only_changed
        self._counts: dict[Status, int] = dict.fromkeys(statuses_of(run.kind), 0)
        self._codes: Tally[str] = Tally(ROW_NUMBERS_SHOWN)
        self._topic_statuses: Counter[str] = Counter()
        self._invalid_rows: list[int] = []
        self._left_out = 0
        self._changed = 0
        self._needing_a_person = 0
        self._last_number = 0

    def is_shown(self, row: ResultRow) -> bool:
        """Whether a row stands in the result."""
        return bool(row.changes) or not self._only_changed

    def add(self, row: ResultRow) -> None:
        """Count one row. LedgerError if the ledger gives a row twice or out of order."""
        if row.number <= self._last_number:
            raise LedgerError(
                words(
                    "The ledger gives row {number} of run {run} after row {last_number}, so it is damaged. No result "
                    "sheet was written.",
                    number=row.number,
                    run=self._run.id,
                    last_number=self._last_number,
                ),
                step(NextStep.ASK_DOCTOR),
            )
        self._last_number = row.number
        self._counts[row.status] += 1
        if row.status is Status.INVALID and len(self._invalid_rows) < MOST_ROWS_NAMED:
            self._invalid_rows.append(row.number)
        if row.code:
            self._codes.add(row.code, row.number)
        self._left_out += not self.is_shown(row)
        self._changed += bool(row.changes)
        self._needing_a_person += needs_a_person(row.status, row.code)
        if row.status is Status.ENRICHED and self._run.notes.pruned_at is None:
            known = row.topic_status in self._topic_statuses or len(self._topic_statuses) < _MOST_TOPIC_STATUSES
            self._topic_statuses[row.topic_status if known else OTHER_TOPIC_STATUSES] += 1

    def summary(self, rate: str, result: str) -> RunSummary:
        """The counts as a summary. LedgerError if they do not add up to the rows of the input."""
        run = self._run
        total = sum(self._counts.values())
        if total != run.rows and run.state is not RunState.PLANNING:
            raise LedgerError(
                words(
                    "The sheet of run {run} has {rows} rows, but the ledger accounts for {total}, so it is damaged. "
                    "No result sheet was written.",
                    run=run.id,
                    rows=run.rows,
                    total=total,
                ),
                step(NextStep.ASK_DOCTOR),
            )
        codes = dict(Counter(self._codes.counts).most_common())
        return RunSummary(
            run=run.id,
            kind=run.kind,
            state=run.state,
            exit_code=exit_code_for(run.state, self._counts),
            rows=total,
            counts=dict(self._counts),
            codes=codes,
            row_numbers={code: self._codes.rows(code) for code in codes},
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
            again=self._again(),
            corrects=run.notes.corrects,
            corrected_by=run.notes.corrected_by,
        )

    def _again(self) -> RowsAgain | None:
        run, rows = self._run, self._invalid_rows
        is_file = run.sheet_path != "-" and run.dialect.format != "frame" and not run.notes.upload
        if not rows or not is_file or run.notes.corrects or run.notes.pruned_at is not None:
            return None
        are_all = len(rows) == self._counts[Status.INVALID]
        return RowsAgain(run.sheet_path, run.output_path, run.options, ranges(rows) if are_all else "")


def summarise(run: Run, records: Iterable[RowRecord], rate: str, *, only_changed: bool = False) -> RunSummary:
    """Count the rows of a run. LedgerError if a row is missing, comes twice or stands out of order.

    ``only_changed``: the result sheet holds the rows with a change alone. A row has a change only where its record
    knows of an earlier answer; changes of columns that the run leaves out are none.
    """
    tally = RunTally(run, only_changed=only_changed)
    for row in result_rows(run, records, KeptColumns.of(run.options.results)):
        tally.add(row)
    return tally.summary(rate, run.output_path)


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


def outcome_words(summary: RunSummary) -> str:
    """How a run ended, or that it has not, as a sentence; empty for what a newer version knows."""
    return translated(_NOT_OVER.get(summary.state) or EXIT_MEANINGS.get(summary.exit_code, ""))


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
        "corrects": summary.corrects or None,
        "corrected_by": list(summary.corrected_by),
    }
