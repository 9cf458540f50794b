"""`POST /sheets/ID/choices`: an answer, or another choice; and a sheet looked at, used again, or removed."""

from __future__ import annotations

import time
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.drafts.become_run import current_draft
from hotline_batch.application.drafts.choices import NotAChoice, said_times, with_choices, with_times
from hotline_batch.application.drafts.draft import change_draft, forget_draft, read_draft
from hotline_batch.application.drafts.look import marked_name, write_marked_draft
from hotline_batch.application.drafts.request import request_of
from hotline_batch.application.drafts.seen import first_rows
from hotline_batch.application.drafts.upload import use_again
from hotline_batch.web.browser_choices import practice_of
from hotline_batch.web.forms import own_address, texts_of, with_form
from hotline_batch.web.pages import WORKBOOK, file_answer, page
from hotline_batch.web.sheets.sheet_page import Refusal, desk_of, sheet_page
from hotline_batch.web.site import settings_of

_INSERT, _THEN = "insert", "then"


async def choose(request: Request) -> Response:
    """Keep what was chosen, and show the page anew; a placeholder that is picked is put to the end of the text."""
    settings = settings_of(request)
    async with request.form() as form:
        said = texts_of(form)
    if _INSERT in said:
        said["own_text"] = _with_placeholder(said.get("own_text", ""), said[_INSERT])
    draft = await run_in_threadpool(current_draft, settings, request.path_params["id"])
    if draft.run:
        return RedirectResponse(f"/sheets/{draft.id}", 303)
    try:
        chosen = with_times(said, settings, time.time())
        draft = await run_in_threadpool(change_draft, settings, draft.id, lambda now: with_choices(now, chosen))
    except NotAChoice as error:
        return await sheet_page(
            request, draft, refusal=Refusal(error, times=said_times(said), own_text=said.get("own_text"))
        )
    anchor = said.get(_THEN, "")
    return RedirectResponse(own_address(f"/sheets/{draft.id}{f'#{anchor}' if anchor.isalpha() else ''}"), 303)


def choose_header(request: Request) -> Response:
    """The first rows of the worksheet, each with a button: this one names the columns."""
    settings = settings_of(request)
    draft = current_draft(settings, request.path_params["id"])
    rows = first_rows(request_of(draft, settings), desk_of(request).looks.sheets)
    return page(request, "sheets/header.html.j2", draft=draft, rows=rows)


@with_form
def again(request: Request, form: FormData) -> Response:
    """The same sheet with the same choices once more, for real or in practice."""
    practice, mishaps = form.get("practice") == "yes", practice_of(request).mishaps
    draft = use_again(settings_of(request), request.path_params["id"], practice=practice, mishaps=mishaps)
    return RedirectResponse(f"/sheets/{draft.id}", 303)


def forget(request: Request) -> Response:
    """Remove a sheet that became no run."""
    settings = settings_of(request)
    draft = current_draft(settings, request.path_params["id"])
    if not draft.run:
        forget_draft(settings, draft.id)
    return RedirectResponse("/", 303)


def _with_placeholder(text: str, placeholder: str) -> str:
    return f"{text}{'' if not text or text[-1].isspace() else ' '}{placeholder}"


def marked_sheet(request: Request) -> Response:
    """The workbook, written now and removed when it was handed out."""
    settings, sheets = settings_of(request), desk_of(request).looks.sheets
    draft = read_draft(settings, request.path_params["id"])
    return file_answer(
        marked_name(draft), WORKBOOK, lambda path: write_marked_draft(draft, settings, sheets, Path(path))
    )


ROUTES = [
    Route("/sheets/{id}/choices", choose, methods=["POST"]),
    Route("/sheets/{id}/header", choose_header),
    Route("/sheets/{id}/marked", marked_sheet),
    Route("/sheets/{id}/again", again, methods=["POST"]),
    Route("/sheets/{id}/forget", forget, methods=["POST"]),
]
