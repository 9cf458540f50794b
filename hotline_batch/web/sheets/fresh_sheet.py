"""What was handed in is no sheet -> the same form again, with what it is and how it is mended."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from hotline_batch.application.drafts.upload import UploadTooLarge
from hotline_batch.errors import SheetError
from hotline_batch.language.words import words
from hotline_batch.web.pages import page


def fresh_sheet_page(request: Request, error: SheetError, name: str, kind: str) -> Response:
    """The page with the form, which says of a file why it was not taken."""
    status = 413 if isinstance(error, UploadTooLarge) else 422
    return page(request, "sheets/fresh.html.j2", status, error=error.advised, name=name, kind=kind)


async def no_such_sheet(request: Request, error: Exception) -> Response:
    """The page for a sheet that is not there: removed, old, or never handed in."""
    links = [(words("Hand a sheet in"), "/"), (words("See the runs"), "/runs")]
    title = words("This sheet is not here")
    return page(
        request, "error.html.j2", 404, title=title, said=str(error), advice=words("Nothing was done."), links=links
    )
