"""Why nothing was done -> a page that says so, and how to go on."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from hotline_batch.application.drafts.upload import LARGEST_UPLOAD_BYTES
from hotline_batch.web.guard.origin import Refusal
from hotline_batch.web.pages import page
from hotline_batch.web.site import site_of

_OPEN_AGAIN = (
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
        "This is not the address of the page",
        "The page answers under one address alone, so that nobody else can speak in its name.",
        "",
        "Open it there",
    ),
    Refusal.FOREIGN_ORIGIN: _Told(
        403,
        "This did not come from the page itself",
        "Another web page, or another program, sent something here in your name. Nothing was done.",
        "If it was you: open the page, and try it there once more.",
        "Open the page",
    ),
    Refusal.NOT_ADMITTED: _Told(
        403,
        "This browser does not know the page yet",
        "Only the browser that the program opened can use it, since it may send messages in your name.",
        f"If you came here by a link, go on below. Otherwise: {_OPEN_AGAIN[0].lower()}{_OPEN_AGAIN[1:]}",
        "Go on to the page",
    ),
    Refusal.KEY_USED: _Told(
        403,
        "This address was used already",
        "It opens the page once, within an hour of its making.",
        _OPEN_AGAIN,
    ),
    Refusal.SIGNED_OUT: _Told(
        403,
        "You are not signed in any more",
        "Nothing was done. Somebody who stays away for a while, or whose account was changed, has to sign in again.",
        "Runs go on meanwhile; nothing is lost.",
        "Sign in",
    ),
    Refusal.NOT_THROUGH_PROXY: _Told(
        403,
        "This is not the way to the page",
        "The page of this office is reached at its own address alone, over an encrypted connection.",
        "",
        "Open it there",
    ),
    Refusal.TOO_LARGE: _Told(
        413,
        "The file is too large",
        f"A sheet may have {LARGEST_UPLOAD_BYTES // 1024**2} MB at most. Nothing was taken in.",
        "Divide the sheet, or save it as CSV, which is much smaller than most workbooks with pictures.",
        "Back to the start",
    ),
    Refusal.NOT_NOW: _Told(
        503,
        "The page cannot let anybody in right now",
        "The ledger does not answer, or the settings cannot be read. Nothing was done, and nothing is lost.",
        "Try again in a minute. If it stays so, tell whoever looks after the program: its log says what is in the way.",
        "Try again",
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
        title=told.title,
        said=told.said,
        advice=told.advice,
        links=[(told.link, home)] if told.link else [],
        has_navigation=False,
    )
