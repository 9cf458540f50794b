"""`/sheets/ID/marked`: the sheet with its bad cells marked, to mend it in."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from hotline_batch.application.drafts.draft import read_draft
from hotline_batch.application.drafts.look import marked_name, write_marked_draft
from hotline_batch.web.settings_of import settings_of
from hotline_batch.web.sheets.desk import desk_of
from hotline_batch.web.temporary_file import WORKBOOK, file_answer


def marked_sheet(request: Request) -> Response:
    """The workbook, written now and removed when it was handed out."""
    settings, sheets = settings_of(request), desk_of(request).looks.sheets
    draft = read_draft(settings, request.path_params["id"])
    return file_answer(
        marked_name(draft), WORKBOOK, lambda path: write_marked_draft(draft, settings, sheets, Path(path))
    )
