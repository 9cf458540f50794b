"""What goes wrong, or is refused -> a page in the person's words that says how to go on; never a traceback."""

from __future__ import annotations

import errno
import logging
import traceback
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hotline_batch.application.drafts.upload import LARGEST_UPLOAD_BYTES
from hotline_batch.errors import ApprovalNeeded, HotlineBatchError, NoSuchRun, NotAllowed, RunInProgress
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import marked, words
from hotline_batch.web.guard.door import Refusal
from hotline_batch.web.guard.size import TooLarge, drop_the_rest
from hotline_batch.web.pages import page
from hotline_batch.web.site import site_of

_log = logging.getLogger(__name__)

_THERE_IS_NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
# What the machine refuses, which is no mistake of the program.
_REFUSED_BY_THE_MACHINE = _THERE_IS_NO_ROOM | {errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE}

_NOT_THERE = marked(
    (
        "There is no such page",
        "The address may be mistyped, or what it showed was forgotten since.",
        "Nothing was done.",
    )
)
_HTTP = marked(
    {
        404: _NOT_THERE,
        405: (
            "This address only takes what its form sends",
            "It was opened by itself, so nothing was done.",
            "Go back to the page that you came from, and use the button there.",
        ),
    }
)
_INCOMPLETE = marked(("This could not be read", "The form came incomplete.", "Try again."))
_OPEN_AGAIN = marked(
    "Open the page again the way you opened it first: with the shortcut on your desktop, or by starting the program. "
    "Runs go on meanwhile; nothing is lost."
)


async def http_error(request: Request, error: Exception) -> Response:
    """A page that is not there, or that was asked for in a way that it does not know."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    title, said, advice = map(words, _HTTP.get(status, _INCOMPLETE))
    return page(request, "error.html.j2", status, title=title, said=said, advice=advice, links=[_home()])


async def told_error(request: Request, error: Exception) -> Response:
    """What the program can say itself about what is in the way."""
    assert isinstance(error, HotlineBatchError)  # noqa: S101 - it is registered for these alone
    match error:
        case NoSuchRun():
            status, title = 404, words("There is no such run")
        case ApprovalNeeded():
            status, title = 409, words("Somebody else has to look at it first")
        case NotAllowed():
            status, title = 403, words("You may not do this")
        case RunInProgress():
            status, title = 409, words("Somebody works on this run already")
        case _:
            status, title = 409, words("This is not possible now")
    return page(request, "error.html.j2", status, title=title, told=error.advised, links=[_home()])


class ErrorPages:
    """Around every screen: whatever it did not expect becomes a page that says what is known, and a line of the log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def note_begin(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, note_begin)
        except TooLarge:
            await drop_the_rest(receive)
            await refusal_page(Request(scope), Refusal.TOO_LARGE)(scope, receive, send)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            # Without its text, which may hold a key or a customer's name.
            where = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
            _log.exception("page failed", extra={"page": scope["path"]})
            if has_begun:
                raise
            if isinstance(error, OSError) and error.errno in _REFUSED_BY_THE_MACHINE:
                told = _refused_by_the_machine(Request(scope), error)
            else:
                told = _own_error(Request(scope), where)
            await told(scope, receive, send)


def _refused_by_the_machine(request: Request, error: OSError) -> Response:
    if error.errno in _THERE_IS_NO_ROOM:
        advice = words("Make room on its disk, or tell whoever looks after the program. Then try again.")
    else:
        advice = words("Tell whoever looks after the program. Then try again.")
    return page(
        request,
        "error.html.j2",
        503,
        title=words("The computer that the program runs on does not take it"),
        said=words(
            "It says: {reason}. Nothing that was sent is forgotten: the list of runs shows where each of them stands.",
            reason=reason_of(error),
        ),
        advice=advice,
        links=[(words("See the runs"), "/runs"), _home()],
    )


def _own_error(request: Request, where: str) -> Response:
    return page(
        request,
        "error.html.j2",
        500,
        title=words("The program met an error of its own"),
        said=words("Nothing that was sent is forgotten: the list of runs shows where each of them stands."),
        advice=words("Please report this to whoever looks after the program: {where}.", where=where),
        links=[(words("See the runs"), "/runs"), _home()],
    )


def _home() -> tuple[str, str]:
    return words("Back to the start"), "/"


@dataclass(frozen=True, slots=True)
class _Told:
    status: int
    title: str
    said: str
    advice: str
    link: str = ""


_TOLD = {
    Refusal.WRONG_HOST: _Told(
        421,
        marked("This is not the address of the page"),
        marked("The page answers under one address alone, so that nobody else can speak in its name."),
        "",
        marked("Open it there"),
    ),
    Refusal.FOREIGN_ORIGIN: _Told(
        403,
        marked("This did not come from the page itself"),
        marked("Another web page, or another program, sent something here in your name. Nothing was done."),
        marked("If it was you: open the page, and try it there once more."),
        marked("Open the page"),
    ),
    Refusal.NOT_ADMITTED: _Told(
        403,
        marked("This browser does not know the page yet"),
        marked("Only the browser that the program opened can use it, since it may send messages in your name."),
        marked(
            "If you came here by a link, go on below. Otherwise: open the page again the way you opened it first: with "
            "the shortcut on your desktop, or by starting the program. Runs go on meanwhile; nothing is lost."
        ),
        marked("Go on to the page"),
    ),
    Refusal.KEY_USED: _Told(
        403,
        marked("This address was used already"),
        marked("It opens the page once, within an hour of its making."),
        _OPEN_AGAIN,
    ),
    Refusal.SIGNED_OUT: _Told(
        403,
        marked("You are not signed in any more"),
        marked(
            "Nothing was done. Somebody who stays away for a while, or whose account was changed, has to sign in again."
        ),
        marked("Runs go on meanwhile; nothing is lost."),
        marked("Sign in"),
    ),
    Refusal.NOT_THROUGH_PROXY: _Told(
        403,
        marked("This is not the way to the page"),
        marked("The page of this office is reached at its own address alone, over an encrypted connection."),
        "",
        marked("Open it there"),
    ),
    Refusal.TOO_LARGE: _Told(
        413,
        marked("The file is too large"),
        marked("A sheet may have {most} MB at most. Nothing was taken in."),
        marked("Divide the sheet, or save it as CSV, which is much smaller than most workbooks with pictures."),
        marked("Back to the start"),
    ),
    Refusal.NOT_NOW: _Told(
        503,
        marked("The page cannot let anybody in right now"),
        marked("The ledger does not answer, or the settings cannot be read. Nothing was done, and nothing is lost."),
        marked(
            "Try again in a minute. If it stays so, tell whoever looks after the program: its log says what "
            "is in the way."
        ),
        marked("Try again"),
    ),
}


_ELSEWHERE = (Refusal.WRONG_HOST, Refusal.NOT_THROUGH_PROXY)


def refusal_page(request: Request, refusal: Refusal) -> Response:
    """The page for a request that was refused."""
    told = _TOLD[refusal]
    home = f"{site_of(request).origin}/" if refusal in _ELSEWHERE else "/"
    return page(
        request,
        "error.html.j2",
        told.status,
        title=words(told.title),
        said=words(told.said, most=LARGEST_UPLOAD_BYTES // 1024**2),
        advice=words(told.advice),
        links=[(words(told.link), home)] if told.link else [],
        has_navigation=False,
    )
