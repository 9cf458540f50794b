"""The addresses of a sheet."""

from __future__ import annotations

from starlette.routing import Route

from hotline_batch.web.sheets.choosing import again, choose, choose_header, forget
from hotline_batch.web.sheets.marked_sheet import marked_sheet
from hotline_batch.web.sheets.sheet_page import show
from hotline_batch.web.sheets.starting import start, still_starting
from hotline_batch.web.sheets.uploading import upload, upload_again

ROUTES = [
    Route("/sheets", upload, methods=["POST"]),
    Route("/sheets/{id}", show),
    Route("/sheets/{id}/file", upload_again, methods=["POST"]),
    Route("/sheets/{id}/choices", choose, methods=["POST"]),
    Route("/sheets/{id}/header", choose_header),
    Route("/sheets/{id}/marked", marked_sheet),
    Route("/sheets/{id}/start", start, methods=["POST"]),
    Route("/sheets/{id}/starting", still_starting),
    Route("/sheets/{id}/again", again, methods=["POST"]),
    Route("/sheets/{id}/forget", forget, methods=["POST"]),
]
