"""What is asked for -> its sheet, open: read from its file, or lent by whoever keeps it open."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeAlias

from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.sheets.source import OpenSheet, open_sheet

Opens: TypeAlias = Callable[[SheetRequest], AbstractContextManager[OpenSheet]]
"""Opens the sheet of a request, or lends one that is open."""


def open_anew(request: SheetRequest) -> OpenSheet:
    """The sheet of a request, read from its file. SheetError."""
    called = request.upload.name if request.upload else ""
    return open_sheet(request.sheet, request.options.reading, called)
