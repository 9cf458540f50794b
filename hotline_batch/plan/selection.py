"""The person's choice of rows (rows, limit, conditions, hidden rows) -> which rows are left out, and why."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from hotline_batch.errors import SettingsError
from hotline_batch.issues.issue import CASE, Issue
from hotline_batch.issues.left_out import CONDITION, LIMIT, NOT_AMONG_ROWS
from hotline_batch.language.words import words
from hotline_batch.model.jobs import RejectedRow, SkippedRow
from hotline_batch.model.sheets import Remark, Row
from hotline_batch.next_step import Told
from hotline_batch.option_values import unusable
from hotline_batch.plan.columns.recognition import column_index
from hotline_batch.plan.findings import UNUSABLE, Oddity, SheetWarnings
from hotline_batch.plan.visible_text import shown
from hotline_batch.run_options import Selection
from hotline_batch.sheets.cells.merged_cells import area_of

_PART = re.compile(r"([0-9]{1,9})(?:\s*[-–]\s*([0-9]{1,9})?)?", re.ASCII)
_OPEN_END = 10**9
_HIDDEN_ROWS = (None, "skip", "include")
_OPERATOR = re.compile("!=|=|~")
_SHOWN_OTHERWISE = frozenset({"date", "boolean", "number_format"})
# Nobody knows what such a cell would have to be compared with: a person sees a value there, and the file holds none.
_HOLDS_NOTHING = frozenset({"merged", "formula_without_value"})


class RowRanges:
    """Row numbers as a person writes them: ``2-50,77`` or ``100-`` (to the end). Raises SettingsError."""

    def __init__(self, text: str) -> None:
        ranges: list[tuple[int, int]] = []
        for part in text.split(","):
            numbers = _PART.fullmatch(part.strip())
            if numbers is None:
                raise SettingsError(
                    words(
                        "{choice} {text}: '{part}' is no row number. Write for example 2-50,77.",
                        choice="rows",
                        text=text,
                        part=part.strip(),
                    )
                )
            first = int(numbers[1])
            last = int(numbers[2]) if numbers[2] else (first if part.strip().isdecimal() else _OPEN_END)
            if first < 1 or last < first:
                raise SettingsError(
                    words(
                        "{choice} {text}: '{part}' does not count upwards from row 1.",
                        choice="rows",
                        text=text,
                        part=part.strip(),
                    )
                )
            ranges.append((first, last))
        self.single_numbers = frozenset(first for first, last in ranges if first == last)
        """The row numbers that were written down one by one."""
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in sorted(ranges):
            if self._lasts and first <= self._lasts[-1] + 1:
                self._lasts[-1] = max(self._lasts[-1], last)
            else:
                self._firsts.append(first)
                self._lasts.append(last)

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        index = bisect_right(self._firsts, number) - 1
        return index >= 0 and number <= self._lasts[index]

    @property
    def last_named(self) -> int:
        """The largest row number that was written down."""
        return self._firsts[-1] if self._lasts[-1] == _OPEN_END else self._lasts[-1]


class SelectedRows:
    """Which rows are left out. Behind ``last_row``, the limit counts as reached.

    Raises SettingsError for a choice that cannot be read, SheetError for a column that is not there.
    """

    def __init__(self, header: Sequence[str], chosen: Selection, last_row: int | None = None) -> None:
        if chosen.limit is not None and chosen.limit < 1:
            raise SettingsError(words("limit {limit}: at least one row has to be left.", limit=chosen.limit))
        if chosen.hidden_rows not in _HIDDEN_ROWS:
            raise unusable("hidden_rows", chosen.hidden_rows)
        self._chosen = chosen
        self._ranges = RowRanges(chosen.rows) if chosen.rows is not None else None
        self._where = [_Condition(header, text) for text in chosen.where]
        self._last_row_taken = last_row
        self._usable = 0
        self._last_row = 0
        self._told = SheetWarnings()

    def left_out(self, row: Row) -> SkippedRow | RejectedRow | None:
        """Why this row is left out; None for a row that takes part. One is rejected that a condition cannot judge, and
        that nothing else leaves out.
        """
        self._last_row = row.number
        if self._chosen.hidden_rows == "skip" and row.is_hidden:
            return SkippedRow(row.number, Issue("hidden_row"))
        if self._ranges is not None and row.number not in self._ranges:
            return _not_selected(row, NOT_AMONG_ROWS, rows=self._chosen.rows or "")
        not_to_be_judged = None
        for condition in self._where:
            if rejected := self._look_at(row, condition):
                not_to_be_judged = not_to_be_judged or rejected
            elif not condition.is_met_by(row):
                return _not_selected(row, CONDITION, condition=condition.text)
        is_behind = self._last_row_taken is not None and row.number > self._last_row_taken
        limit = self._chosen.limit
        if limit is not None and (is_behind or self._usable >= limit):
            return _not_selected(row, LIMIT, limit=limit)
        return not_to_be_judged

    def _look_at(self, row: Row, condition: _Condition) -> RejectedRow | None:
        """What the file says of the cell that is compared: told, or why nothing can be compared."""
        for remark in row.remarks:
            if remark.column != condition.index:
                continue
            cell = condition.cell(row)
            if remark.code in _HOLDS_NOTHING and not _is_heading(row, remark):
                issue = Issue(UNUSABLE[remark.code], condition.column, shown(cell or remark.detail))
                return RejectedRow(row.number, (issue,))
            if remark.code in _SHOWN_OTHERWISE or (remark.code == "number" and "." in cell):
                self._told.add(Oddity.CHOSEN_BY, row.number, condition.column)
        return None

    def count_usable(self) -> None:
        """Note that one more row can be used, for the limit."""
        self._usable += 1

    @property
    def warnings(self) -> list[Told]:
        """After the last row: how cells were compared, and whether rows were asked for that the sheet does not have."""
        told = self._told.sentences()
        if self._ranges is None or self._ranges.last_named <= self._last_row:
            return told
        return [
            *told,
            words(
                "rows {rows} goes beyond the sheet, whose last row is {last}.",
                rows=self._chosen.rows,
                last=self._last_row,
            ),
        ]


def _not_selected(row: Row, case: str, **parameters: str | int) -> SkippedRow:
    return SkippedRow(row.number, Issue("not_selected", parameters={CASE: case, **parameters}))


def _is_heading(row: Row, remark: Remark) -> bool:
    """Whether a cell lies under one that begins in its own row: what a person sees there is the value of that one."""
    area = area_of(remark.detail) if remark.code == "merged" else None
    return area is not None and area.first_row == row.number


class _Condition:
    """``COLUMN=VALUE``, ``COLUMN!=VALUE`` or ``COLUMN~PATTERN``; blanks around the cell do not count.

    The pattern is a regular expression that is found anywhere in the cell, regardless of case.
    """

    def __init__(self, header: Sequence[str], text: str) -> None:
        self.text = text
        found = _OPERATOR.search(text)
        if not found or not text[: found.start()].strip():
            raise SettingsError(
                words("where '{text}': write it as 'COLUMN=VALUE', 'COLUMN!=VALUE' or 'COLUMN~PATTERN'.", text=text)
            )
        self._operator = found[0]
        self.index = column_index(header, text[: found.start()].strip(), words("where '{text}'", text=text))
        self.column = header[self.index]
        self._value = text[found.end() :].strip()
        if self._operator == "~":
            try:
                self._pattern = re.compile(self._value, re.IGNORECASE)
            except (re.error, OverflowError, RecursionError) as error:
                raise SettingsError(
                    words("where '{text}': the pattern cannot be read ({error}).", text=text, error=error)
                ) from None

    def cell(self, row: Row) -> str:
        """What is compared."""
        return row.cells[self.index].strip() if self.index < len(row.cells) else ""

    def is_met_by(self, row: Row) -> bool:
        cell = self.cell(row)
        match self._operator:
            case "=":
                return cell == self._value
            case "!=":
                return cell != self._value
            case _:
                return self._pattern.search(cell) is not None
