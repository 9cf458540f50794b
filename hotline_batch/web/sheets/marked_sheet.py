"""`/sheets/ID/marked`: the sheet with its bad cells marked, to mend it in."""

from __future__ import annotations

import tempfile
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from hotline_batch.application.drafts.folder import read_draft
from hotline_batch.application.drafts.look import marked_name, write_marked_draft
from hotline_batch.web.settings_of import settings_of
from hotline_batch.web.sheets.desk import desk_of

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def marked_sheet(request: Request) -> Response:
    """The workbook, written now and removed when it was handed out."""
    settings = settings_of(request)
    draft = await run_in_threadpool(read_draft, settings, request.path_params["id"])
    folder = tempfile.TemporaryDirectory(prefix="hotline-batch-")
    place = Path(folder.name) / "marked.xlsx"
    try:
        await run_in_threadpool(write_marked_draft, draft, settings, desk_of(request).looks.sheets, place)
    except BaseException:
        folder.cleanup()
        raise
    return FileResponse(
        place, media_type=_WORKBOOK, filename=marked_name(draft), background=BackgroundTask(folder.cleanup)
    )
