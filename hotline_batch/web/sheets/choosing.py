"""`POST /sheets/ID/choices`: an answer, or another choice; and the page on which a row is chosen as the header."""

from __future__ import annotations

import time

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from hotline_batch.application.drafts.become_run import current_draft
from hotline_batch.application.drafts.choices import NotAChoice, said_times, with_choices, with_times
from hotline_batch.application.drafts.draft import change_draft, forget_draft
from hotline_batch.application.drafts.request import request_of
from hotline_batch.application.drafts.seen import first_rows
from hotline_batch.application.drafts.upload import use_again
from hotline_batch.web.addresses import own_address
from hotline_batch.web.pages import page
from hotline_batch.web.practice import practice_of
from hotline_batch.web.settings_of import settings_of
from hotline_batch.web.sheets.desk import desk_of
from hotline_batch.web.sheets.sheet_page import Refusal, sheet_page

_INSERT, _THEN = "insert", "then"


async def choose(request: Request) -> Response:
    """Keep what was chosen, and show the page anew; a placeholder that is picked is put to the end of the text."""
    settings = settings_of(request)
    async with request.form() as form:
        said = {name: text for name, text in form.multi_items() if isinstance(text, str)}
    if _INSERT in said:
        said["own_text"] = _with_placeholder(said.get("own_text", ""), said[_INSERT])
    draft = await run_in_threadpool(current_draft, settings, request.path_params["id"])
    if draft.run:
        return RedirectResponse(f"/sheets/{draft.id}", 303)
    try:
        chosen = with_times(said, settings, time.time())
        draft = await run_in_threadpool(change_draft, settings, draft.id, lambda now: with_choices(now, chosen))
    except NotAChoice as error:
        return await sheet_page(request, draft, refusal=Refusal(error, times=said_times(said)))
    anchor = said.get(_THEN, "")
    return RedirectResponse(own_address(f"/sheets/{draft.id}{f'#{anchor}' if anchor.isalpha() else ''}"), 303)


async def choose_header(request: Request) -> Response:
    """The first rows of the worksheet, each with a button: this one names the columns."""
    settings = settings_of(request)
    draft = await run_in_threadpool(current_draft, settings, request.path_params["id"])
    rows = await run_in_threadpool(first_rows, request_of(draft, settings), desk_of(request).looks.sheets)
    return page(request, "sheets/header.html.j2", draft=draft, rows=rows)


async def again(request: Request) -> Response:
    """The same sheet with the same choices once more, for real or in practice."""
    settings = settings_of(request)
    async with request.form() as form:
        practice = form.get("practice") == "yes"
    mishaps = practice_of(request).mishaps
    draft = await run_in_threadpool(use_again, settings, request.path_params["id"], practice=practice, mishaps=mishaps)
    return RedirectResponse(f"/sheets/{draft.id}", 303)


async def forget(request: Request) -> Response:
    """Remove a sheet that became no run."""
    settings = settings_of(request)
    draft = await run_in_threadpool(current_draft, settings, request.path_params["id"])
    if not draft.run:
        await run_in_threadpool(forget_draft, settings, draft.id)
    return RedirectResponse("/", 303)


def _with_placeholder(text: str, placeholder: str) -> str:
    return f"{text}{'' if not text or text[-1].isspace() else ' '}{placeholder}"
