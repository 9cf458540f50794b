"""`POST /sheets/ID/start`: what was agreed to becomes one run; and the page that is seen while that takes a while."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.drafts.become_run import (
    Agreement,
    ChangedSince,
    FaultyRowsLeft,
    NamesToConfirm,
    Outcome,
    Started,
)
from hotline_batch.application.drafts.choices import NotAChoice
from hotline_batch.application.drafts.draft import Draft, read_draft
from hotline_batch.errors import HotlineBatchError
from hotline_batch.web.forms import LAST_ROW, own_address, texts_of, whole_number
from hotline_batch.web.pages import page
from hotline_batch.web.sheets.sheet_page import Refusal, desk_of, is_there, sheet_page
from hotline_batch.web.site import settings_of

_START_SECONDS = 5.0
_TRIAL, _NO_BUTTON = "trial", ""


async def start(request: Request) -> Response:
    """Start the run that the button named; every click of it leads to that one run. Enter in a field is no click."""
    settings, desk = settings_of(request), desk_of(request)
    async with request.form() as form:
        said = texts_of(form)
    if said.get("how") == _NO_BUTTON:
        return RedirectResponse(own_address(f"/sheets/{request.path_params['id']}#send"), 303)
    draft = await run_in_threadpool(read_draft, settings, request.path_params["id"])
    how_many = {"trial_rows": said.get("trial_rows", "")} if said.get("how") == _TRIAL else {"whole": "yes"}
    chosen = {"leave_out": said.get("leave_out", ""), **how_many}
    names = tuple(text.strip() for name, text in said.items() if name.startswith("confirm.") and text.strip())
    agreed = Agreement(said.get("digest", ""), whole_number(said.get("count", ""), LAST_ROW) or 0, chosen, names)
    future = desk.starts.begin(settings, draft.id, agreed)
    return await _answer(request, draft, future)


async def still_starting(request: Request) -> Response:
    """How far a start is; as soon as it is over, the run or what kept it from starting."""
    settings = settings_of(request)
    draft = await run_in_threadpool(read_draft, settings, request.path_params["id"])
    future = desk_of(request).starts.going(draft.id)
    if future is None:
        return RedirectResponse(f"/sheets/{draft.id}", 303)
    return await _answer(request, draft, future)


async def _answer(request: Request, draft: Draft, future: Future[Outcome]) -> Response:
    if not await is_there(future, _START_SECONDS):
        if request.method == "POST":
            return RedirectResponse(f"/sheets/{draft.id}/starting", 303)
        return page(request, "sheets/starting.html.j2", draft=draft)
    is_told = _tell(request, draft)
    try:
        outcome = future.result()
    except NotAChoice as error:
        return await sheet_page(request, draft, refusal=Refusal(error))
    except HotlineBatchError as error:
        return await sheet_page(request, draft, refusal=Refusal(error), status_code=409)
    match outcome:
        case Started(run):
            return RedirectResponse(f"/runs/{run}", 303)
        case ChangedSince() | FaultyRowsLeft() | NamesToConfirm():
            if is_told:
                # What changed may be nothing that a kept look knows of, such as rows that an older run sent.
                desk_of(request).looks.forget(draft.id)
            return await sheet_page(request, replace(draft, run=""), notice=outcome, status_code=409)


def _tell(request: Request, draft: Draft) -> bool:
    """Whether a person sees how it ended, which is noted; a script in the background only learns that it did."""
    is_seen = request.headers.get("sec-fetch-dest") != "empty"
    if is_seen:
        desk_of(request).starts.told(draft.id)
    return is_seen


ROUTES = [
    Route("/sheets/{id}/start", start, methods=["POST"]),
    Route("/sheets/{id}/starting", still_starting),
]
