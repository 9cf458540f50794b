"""`/`: hand a sheet in, and see which runs need a person; `/blank/KIND.xlsx`: a sheet to fill in."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotline_batch.application.office.approvals import runs_to_approve
from hotline_batch.application.runs.views.listing import RunFilter, list_runs_page
from hotline_batch.application.templates import make_blank_sheet
from hotline_batch.model.jobs import Kind
from hotline_batch.web.next_steps import page_step
from hotline_batch.web.pages import page
from hotline_batch.web.settings_of import settings_to_look
from hotline_batch.web.temporary_file import WORKBOOK, file_answer

_RUNS_SHOWN = 5


def home(request: Request) -> Response:
    """The first page."""
    settings, trouble = settings_to_look(request)
    newest = list_runs_page(settings, RunFilter(), 1, _RUNS_SHOWN)
    return page(
        request,
        "home.html.j2",
        newest=newest,
        waiting=runs_to_approve(settings),
        has_connection=bool(settings.connections),
        trouble=trouble,
        zone=settings.timezone,
    )


def blank_sheet(request: Request) -> Response:
    """A workbook to fill in, which says how."""
    kind = request.path_params["kind"]
    if kind not in set(Kind):
        raise HTTPException(404)
    settings, _ = settings_to_look(request)
    name = "messages.xlsx" if kind == Kind.SEND else "topics.xlsx"
    return file_answer(
        name,
        WORKBOOK,
        lambda path: make_blank_sheet(Kind(kind), path, settings, force=True, say=lambda todo: page_step(todo).words),
    )


ROUTES = [Route("/", home), Route("/blank/{kind}.xlsx", blank_sheet)]
