"""`/sheets/ID`: everything that is known of a sheet, all that can be said about it, and the button that sends it."""

from __future__ import annotations

import asyncio
import math
import time
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.drafts.become_run import NotStarted, Starts, current_draft, started_run
from hotline_batch.application.drafts.choices import TimeFields
from hotline_batch.application.drafts.draft import Draft
from hotline_batch.application.drafts.look import Look, Looks, preview_row
from hotline_batch.application.drafts.request import request_of
from hotline_batch.application.drafts.seen import first_rows
from hotline_batch.application.templates import listed_templates
from hotline_batch.errors import HotlineBatchError
from hotline_batch.run_options import Reading
from hotline_batch.settings.model import Settings
from hotline_batch.web.forms import LAST_ROW, whole_number
from hotline_batch.web.pages import page
from hotline_batch.web.sheets.confirm_block import confirm_block
from hotline_batch.web.sheets.parts import faulty_part, fields_of, message_part
from hotline_batch.web.sheets.questions import asks_about_the_header, questions_of_look
from hotline_batch.web.site import settings_of

_LOOK_SECONDS = 4.0
"""So long a request waits for the look; then it says that it takes longer, and asks again by itself. What is told once,
such as why something was not taken, waits for as long as it takes.
"""
_LOOK_EVERY_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Desk:
    """Looks and starts of one served page."""

    looks: Looks = field(default_factory=Looks)
    starts: Starts = field(default_factory=Starts)

    def close(self) -> None:
        """Wait for what goes on, and let everything go."""
        self.starts.close()
        self.looks.close()


def desk_of(request: Request) -> Desk:
    """That of the page which is served here."""
    found: Desk = request.app.state.desk
    return found


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something that was sent to this page was not taken; ``about`` is the file, where it was one. ``times`` and
    ``own_text`` are what stood in the fields, and stands there again.
    """

    error: HotlineBatchError
    about: str = ""
    times: TimeFields | None = None
    own_text: str | None = None


async def show(request: Request) -> Response:
    """The page of a sheet; of one that was started, its run."""
    settings = settings_of(request)
    draft = await run_in_threadpool(current_draft, settings, request.path_params["id"])
    if desk_of(request).starts.going(draft.id) is not None:
        return RedirectResponse(f"/sheets/{draft.id}/starting", 303)
    if run := await run_in_threadpool(started_run, settings, draft):
        return page(request, "sheets/started.html.j2", draft=draft, run=run, not_taken="")
    return await sheet_page(request, draft)


async def sheet_page(
    request: Request,
    draft: Draft,
    *,
    refusal: Refusal | None = None,
    notice: NotStarted | None = None,
    status_code: int = 200,
) -> Response:
    """The page as it is now, with what was not taken of it at its head."""
    settings, desk = settings_of(request), desk_of(request)
    future = await run_in_threadpool(desk.looks.of, draft, settings)
    if not await is_there(future, math.inf if refusal or notice else _LOOK_SECONDS):
        row = _row_asked_for(request)
        address = f"/sheets/{draft.id}" if row is None else f"/sheets/{draft.id}?row={row}"
        return page(request, "sheets/reading.html.j2", draft=draft, address=address)
    look = future.result()
    times = refusal.times if refusal else None
    if refusal and refusal.own_text is not None:
        draft = replace(draft, own_text=refusal.own_text)
    known = _known_by_now(look, notice)
    values = await run_in_threadpool(_values, request, draft, known, settings, times)
    status = 422 if refusal is not None and status_code == 200 else status_code
    faulty_in_sheet = look.plan.tally.invalid if look.plan else 0
    return page(
        request,
        "sheets/sheet.html.j2",
        status,
        refusal=refusal,
        notice=notice,
        faulty_in_sheet=faulty_in_sheet,
        faulty_topics=known.plan.tally.invalid - faulty_in_sheet if known.plan else 0,
        **values,
    )


async def is_there(awaited: Future[Any], seconds: float) -> bool:
    """Whether what is made in the background is there within so many seconds. What was given up, as looks that have not
    begun are at the end of the page, never is.
    """
    ends_at = time.monotonic() + seconds
    while not awaited.done() and time.monotonic() < ends_at:
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
    return awaited.done() and not awaited.cancelled()


def _known_by_now(look: Look, notice: NotStarted | None) -> Look:
    """The look with the plan of a start that did not come about, which knows more: of the users of topics, and of what
    other runs sent. Only where both are of the same draft.
    """
    if notice is None or notice.plan is None or notice.digest != look.digest or look.plan is None:
        return look
    return replace(look, plan=notice.plan)


def _values(
    request: Request, draft: Draft, look: Look, settings: Settings, times: TimeFields | None
) -> dict[str, object]:
    """What the template is filled in with."""
    sheets, preview = desk_of(request).looks.sheets, None
    row = _row_asked_for(request)
    # The first usable row is looked for through all of them, so that it is not where there is none.
    if look.plan is not None and (row is not None or look.plan.tally.usable):
        preview = preview_row(draft, settings, sheets, row)
    rows = first_rows(request_of(draft, settings), sheets) if asks_about_the_header(look) else ()
    return {
        "draft": draft,
        "look": look,
        "plan": look.plan,
        "seen": look.seen,
        "questions": questions_of_look(look, draft, rows),
        "faulty": faulty_part(look, request.query_params.get("from", "")),
        "fields": fields_of(look),
        "message": message_part(look, draft, listed_templates(draft.options.template or "")),
        "preview": preview,
        "is_read_otherwise": draft.options.reading != Reading(),
        "confirm": confirm_block(look, draft, settings, time.time(), times),
        "zone": settings.timezone,
    }


def _row_asked_for(request: Request) -> int | None:
    return whole_number(request.query_params.get("row", ""), LAST_ROW)


ROUTES = [
    Route("/sheets/{id}", show),
]
