"""A look -> the rows that cannot be sent: what to do first, then each of them, a part of them at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from hotline_batch.application.drafts.look import Look
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import advice_for, words_of
from hotline_batch.web.whole_numbers import LAST_ROW, whole_number

_ROWS_AT_ONCE = 25


@dataclass(frozen=True, slots=True)
class FaultyCell:
    """A row that cannot be used: the column, what its cell shows, what is wrong and what to do."""

    row: int
    column: str
    shown: str
    wrong: str
    advice: str


@dataclass(frozen=True, slots=True)
class TaskTold:
    """What to do, and in which rows; ``more`` of them are not named."""

    words: str
    rows: tuple[int, ...]
    more: int


@dataclass(frozen=True, slots=True)
class FaultyRows:
    """All of them: ``count`` rows with ``cells``, of which a part is shown, from the ``first`` on.

    ``before`` and ``after`` are where the parts beside this begin, None where there is none.
    """

    count: int
    rows: int
    tasks: Sequence[TaskTold]
    cells: Sequence[FaultyCell]
    first: int
    of: int
    before: int | None
    after: int | None
    untold: int

    @property
    def last(self) -> int:
        """The number of the last one that is shown."""
        return self.first + len(self.cells) - 1


def faulty_rows(look: Look, asked_from: str) -> FaultyRows | None:
    """The faulty rows from there on; None where there are none."""
    plan = look.plan
    if plan is None or not plan.tally.invalid:
        return None
    tally = plan.tally
    known = len(tally.problems)
    start = min(max(whole_number(asked_from, LAST_ROW) or 1, 1), max(known, 1))
    cells = [
        _cell(found.row_number, found.issue) for found in islice(tally.problems, start - 1, start - 1 + _ROWS_AT_ONCE)
    ]
    after = start + _ROWS_AT_ONCE
    return FaultyRows(
        count=tally.invalid,
        rows=tally.rows,
        tasks=[TaskTold(task.text, task.rows, task.count - len(task.rows)) for task in tally.to_do.tasks(plan.columns)],
        cells=cells,
        first=start,
        of=tally.problem_count,
        before=max(1, start - _ROWS_AT_ONCE) if start > 1 else None,
        after=after if after <= known else None,
        untold=tally.problem_count - known,
    )


def _cell(row: int, issue: Issue) -> FaultyCell:
    return FaultyCell(row, issue.column, issue.shown, words_of(issue), advice_for(issue.code))
