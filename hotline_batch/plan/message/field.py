"""A row -> the text of its message. What is wrong goes into the findings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hotline_batch.issues.issue import Issue
from hotline_batch.plan.message.suspicious_text import is_spoilt, stands_for_no_value
from hotline_batch.plan.message.text import checked_message, exceeds_in_utf16
from hotline_batch.plan.row_findings import RowFindings
from hotline_batch.plan.sheet_warnings import Oddity, SheetWarnings

if TYPE_CHECKING:
    from hotline_batch.plan.message.template import MessageTemplate

_BLANK_AND_QUOTE = re.compile(r'\s+".*"\s*', re.DOTALL)


class MessageField:
    """The message: a column of the sheet, or a template filled in with the row."""

    def __init__(
        self, header: Sequence[str], column: int | None, template: MessageTemplate | None, warnings: SheetWarnings
    ) -> None:
        self._header = header
        self._column = column
        self._template = template
        self._warnings = warnings
        self._name = header[column] if template is None and column is not None else ""
        self._told_when_blank = template.columns if template and template.pattern else ()

    def read(self, row_number: int, cells: Sequence[str], findings: RowFindings) -> str:
        """The message as it is sent; empty with the reason among the findings."""
        text = self._written(row_number, cells, findings)
        if text is None:
            return ""
        message = checked_message(text)
        if isinstance(message, Issue):
            findings.add(message, self._name, text)
            return ""
        if message[0] == "/":
            self._warnings.add(Oddity.STARTS_WITH_SLASH, row_number)
        if exceeds_in_utf16(message):
            self._warnings.add(Oddity.LONG_IN_UTF16, row_number)
        if self._template is None and _BLANK_AND_QUOTE.match(message):
            self._warnings.add(Oddity.QUOTED, row_number)
        of_template = [cells[index] for index in self._template.columns] if self._template else []
        if any(map(stands_for_no_value, (message, *of_template))):
            self._warnings.add(Oddity.ERROR_WORD, row_number)
        if is_spoilt(message):
            self._warnings.add(Oddity.SPOILT, row_number)
        return message

    def _written(self, row_number: int, cells: Sequence[str], findings: RowFindings) -> str | None:
        if self._template is None:
            if self._column is None or self._column in findings.unreadable:
                return None
            text = cells[self._column]
            if "{{" in text:
                self._warnings.add(Oddity.BRACES, row_number)
            return text
        if findings.unreadable and not findings.unreadable.isdisjoint(self._template.columns):
            return None
        for index in self._told_when_blank:
            if not cells[index] or cells[index].isspace():
                self._warnings.add(Oddity.BLANK_IN_TEMPLATE, row_number, self._header[index])
        filled_in = self._template.filled_in(cells)
        if isinstance(filled_in, Issue):
            findings.issues.append(filled_in)
            return None
        return filled_in
