"""`/runs`: all runs, searched; `/runs/ID/rows`: the rows of one status; `/runs/ID/rows/N`: all about one row."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotline_batch.application.runs.views.listing import RunFilter, list_runs_page
from hotline_batch.application.runs.views.progress import run_progress
from hotline_batch.application.runs.views.rows import row_of_run, rows_of_run, rows_with_code
from hotline_batch.errors import Delivery
from hotline_batch.issues.words import meaning_of
from hotline_batch.language.words import marked
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.web.forms import LAST_ROW, whole_number
from hotline_batch.web.next_steps import advice_on_page
from hotline_batch.web.pages import about_run, page
from hotline_batch.web.site import settings_to_look
from hotline_batch.web.wording import status_words

_RUNS_A_PAGE = 25
_LAST_PAGE = 999_999
_REALITY = {"real": False, "practice": True}
_PROVES = {
    Delivery.YES: marked("delivered"),
    Delivery.NO: marked("certainly not delivered"),
    Delivery.MAYBE: marked("may have been delivered"),
}


def runs(request: Request) -> Response:
    """The list."""
    asked = request.query_params
    kind = asked.get("kind", "")
    wanted = RunFilter(
        words=asked.get("words", "")[:200],
        kind=Kind(kind) if kind in set(Kind) else None,
        practice=_REALITY.get(asked.get("reality", "")),
        needs_a_person=asked.get("needs") == "person",
    )
    number = max(1, whole_number(asked.get("page", ""), _LAST_PAGE) or 1)
    settings, trouble = settings_to_look(request)
    found = list_runs_page(settings, wanted, number, _RUNS_A_PAGE)
    others = {name: asked.get(name, "") for name in ("words", "kind", "reality", "needs") if asked.get(name)}
    return page(
        request,
        "runs.html.j2",
        found=found,
        asked=asked,
        is_filtered=bool(others),
        newer=_address(others, number - 1) if number > 1 else "",
        older=_address(others, number + 1) if found.has_more else "",
        zone=settings.timezone,
        trouble=trouble,
    )


def _address(others: dict[str, str], number: int) -> str:
    return f"/runs?{urlencode({**others, 'page': number})}"


def rows(request: Request) -> Response:
    """The rows of one status, a page at a time."""
    asked = request.query_params
    if asked.get("status") not in set(Status):
        raise HTTPException(404)
    status, code = Status(asked["status"]), asked.get("code", "")[:100]
    settings, _ = settings_to_look(request)
    after = _number(asked.get("after", "0"))
    found = rows_of_run(settings, request.path_params["run"], status, code=code, after=after)
    if code:
        total = rows_with_code(settings, found.run.id, status, code)
    else:
        total = run_progress(settings, found.run.id).counts.get(status, 0)
    following = {"status": status.value, **({"code": code} if code else {}), "after": found.next_after}
    return page(
        request,
        "rows.html.j2",
        **about_run(found.run),
        is_send=found.run.kind is Kind.SEND,
        rows=found.rows,
        total=total,
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
        **about_run(details.run),
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


ROUTES = [
    Route("/runs", runs),
    Route("/runs/{run}/rows", rows),
    Route("/runs/{run}/rows/{number}", row),
]
