"""`POST /sheets`, `/sheets/ID/file`: a sheet comes in; a wrong file is told right there, with what mends it."""

from __future__ import annotations

from contextlib import ExitStack

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.drafts.become_run import current_draft, started_run
from hotline_batch.application.drafts.choices import fitted_to_its_sheet
from hotline_batch.application.drafts.draft import change_draft, read_draft
from hotline_batch.application.drafts.upload import Incoming, SheetStarted, UploadTooLarge
from hotline_batch.errors import SheetError
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.settings.model import Settings
from hotline_batch.web.browser_choices import practice_of
from hotline_batch.web.forms import BrokenForm, SeveralFiles, Taker, read_form
from hotline_batch.web.pages import page
from hotline_batch.web.sheets.sheet_page import Refusal, desk_of, sheet_page
from hotline_batch.web.site import settings_of


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


class _Door:
    """Takes one file of a form."""

    def __init__(self, settings: Settings, stack: ExitStack) -> None:
        self.incoming: Incoming | None = None
        self._settings = settings
        self._stack = stack

    @property
    def name(self) -> str:
        """The name of the file as it is shown; empty before there is one."""
        return self.incoming.name if self.incoming else ""

    def takes(self, name: str) -> Taker:
        """Who takes the bytes of a file of that name."""
        self.incoming = self._stack.enter_context(Incoming(self._settings, name))
        return self.incoming


async def upload(request: Request) -> Response:
    """A new sheet."""
    settings, practice = settings_of(request), practice_of(request)
    kind, name = "", ""
    try:
        with ExitStack() as stack:
            door = _Door(settings, stack)
            kind = (await read_form(request, door.takes)).get("kind", "")
            name = door.name
            incoming = await _checked(door)
            chosen = Kind(kind) if kind in set(Kind) else None
            draft = await run_in_threadpool(incoming.keep, chosen, practice=practice.is_on, mishaps=practice.mishaps)
    except (BrokenForm, SheetError) as error:
        return fresh_sheet_page(request, _refusal(error), name or door.name, kind)
    await run_in_threadpool(desk_of(request).looks.of, draft, settings)
    return RedirectResponse(f"/sheets/{draft.id}", 303)


async def upload_again(request: Request) -> Response:
    """Another file in the place of the one before; where it is no sheet, the one before stays, and so does one that was
    started meanwhile.
    """
    settings, desk = settings_of(request), desk_of(request)
    draft = await run_in_threadpool(current_draft, settings, request.path_params["id"])
    try:
        with ExitStack() as stack:
            door = _Door(settings, stack)
            await read_form(request, door.takes)
            incoming = await _checked(door)
            draft = await run_in_threadpool(incoming.keep_instead, draft.id)
    except SheetStarted:
        return await _started_before(request, draft.id, door.name)
    except (BrokenForm, SheetError) as error:
        if draft.run:
            return await _started_before(request, draft.id, door.name)
        return await sheet_page(request, draft, refusal=Refusal(_refusal(error), door.name))
    await run_in_threadpool(
        change_draft, settings, draft.id, lambda now: fitted_to_its_sheet(now, settings, desk.looks.sheets)
    )
    return RedirectResponse(f"/sheets/{draft.id}", 303)


async def _started_before(request: Request, draft_id: str, name: str) -> Response:
    """A file came too late to take the place of the one before, which is a run by now, or becomes one."""
    settings = settings_of(request)
    draft = await run_in_threadpool(read_draft, settings, draft_id)
    run = await run_in_threadpool(started_run, settings, draft)
    return page(request, "sheets/started.html.j2", 409, draft=draft, run=run, not_taken=name or words("The file"))


def _refusal(error: BrokenForm | SheetError) -> SheetError:
    """Why no sheet was taken, in words."""
    match error:
        case SheetError():
            return error
        case SeveralFiles():
            return SheetError(
                words(
                    "Several files were chosen, so none was kept. Upload one sheet at a time: each becomes a run of "
                    "its own."
                )
            )
        case _:
            return SheetError(words("The file did not arrive whole. Upload it once more."))


async def _checked(door: _Door) -> Incoming:
    if door.incoming is None:
        raise SheetError(words("No file was chosen. Choose the sheet first, or drop it onto the field."))
    await run_in_threadpool(door.incoming.refuse_what_is_no_sheet)
    return door.incoming


ROUTES = [
    Route("/sheets", upload, methods=["POST"]),
    Route("/sheets/{id}/file", upload_again, methods=["POST"]),
]
