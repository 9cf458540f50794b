"""`/runs/ID/rows` and `/runs/ID/rows/N`: rows of one status, and all that happened to one row."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotline_batch.application.runs.views.listing import sheet_name
from hotline_batch.application.runs.views.progress import run_progress
from hotline_batch.application.runs.views.rows import row_of_run, rows_of_run
from hotline_batch.errors import Delivery
from hotline_batch.issues.words import meaning_of
from hotline_batch.language.words import marked
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.settings.practice import is_practice
from hotline_batch.web.next_steps import advice_on_page
from hotline_batch.web.pages import page
from hotline_batch.web.screens.run.words import status_words
from hotline_batch.web.settings_of import settings_to_look
from hotline_batch.web.whole_numbers import LAST_ROW, whole_number

_PROVES = {
    Delivery.YES: marked("delivered"),
    Delivery.NO: marked("certainly not delivered"),
    Delivery.MAYBE: marked("may have been delivered"),
}


def rows(request: Request) -> Response:
    """The rows of one status, a page at a time."""
    asked = request.query_params
    if asked.get("status") not in set(Status):
        raise HTTPException(404)
    status, code = Status(asked["status"]), asked.get("code", "")[:100]
    settings, _ = settings_to_look(request)
    after = _number(asked.get("after", "0"))
    found = rows_of_run(settings, request.path_params["run"], status, code=code, after=after)
    progress = run_progress(settings, found.run.id)
    following = {"status": status.value, **({"code": code} if code else {}), "after": found.next_after}
    return page(
        request,
        "rows.html.j2",
        run=found.run,
        sheet=sheet_name(found.run),
        is_practice=is_practice(found.run),
        is_send=found.run.kind is Kind.SEND,
        rows=found.rows,
        total=progress.counts.get(status, 0),
        status=status,
        code=code,
        meaning=meaning_of(code),
        is_first=not after,
        next_page=f"/runs/{found.run.id}/rows?{urlencode(following)}" if found.next_after else "",
        status_words=status_words(),
        zone=settings.timezone,
    )


def row(request: Request) -> Response:
    """One row."""
    settings, _ = settings_to_look(request)
    details = row_of_run(settings, request.path_params["run"], _number(request.path_params["number"]))
    return page(
        request,
        "row.html.j2",
        run=details.run,
        sheet=sheet_name(details.run),
        is_practice=is_practice(details.run),
        is_send=details.run.kind is Kind.SEND,
        details=details,
        row=details.shown.row,
        advice=advice_on_page(details.shown.row.code, details.run.id),
        proves=_PROVES,
        meaning_of=meaning_of,
        status_words=status_words(),
        zone=settings.timezone,
    )


def _number(text: str) -> int:
    """A row number; 404 for what is none."""
    number = whole_number(text, LAST_ROW)
    if number is None:
        raise HTTPException(404)
    return number


ROUTES = [Route("/runs/{run}/rows", rows), Route("/runs/{run}/rows/{number}", row)]
