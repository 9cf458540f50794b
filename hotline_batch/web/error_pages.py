"""What goes wrong behind the guard -> a page in the person's words; never a traceback."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hotline_batch.errors import ApprovalNeeded, HotlineBatchError, NoSuchRun, NotAllowed, RunInProgress
from hotline_batch.language.words import marked, words
from hotline_batch.web.guard.origin import Refusal
from hotline_batch.web.guard.size import TooLarge, drop_the_rest
from hotline_batch.web.pages import page
from hotline_batch.web.refusals import refusal_page

_log = logging.getLogger(__name__)

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
            told = _own_error(Request(scope), where)
            await told(scope, receive, send)


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
