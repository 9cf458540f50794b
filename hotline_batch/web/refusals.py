"""Why nothing was done -> a page that says so, and how to go on."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from hotline_batch.application.drafts.upload import LARGEST_UPLOAD_BYTES
from hotline_batch.language.words import marked, words
from hotline_batch.web.guard.origin import Refusal
from hotline_batch.web.pages import page
from hotline_batch.web.site import site_of

_OPEN_AGAIN = marked(
    "Open the page again the way you opened it first: with the shortcut on your desktop, or by starting the program. "
    "Runs go on meanwhile; nothing is lost."
)


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
