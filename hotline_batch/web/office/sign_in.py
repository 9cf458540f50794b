"""`/sign-in`, with a password or by the office's provider; `/sign-out`; `/account`: one's own name and password."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.office.accounts import change_own_password
from hotline_batch.application.office.openid import CameBack
from hotline_batch.application.office.sign_in import (
    SignedIn,
    SignInRefusal,
    begin_sign_in_elsewhere,
    end_sign_in_elsewhere,
    office_settings,
    sign_in,
    sign_out,
)
from hotline_batch.errors import HotlineBatchError
from hotline_batch.language.words import marked, translated, words
from hotline_batch.people import PersonKind, Role
from hotline_batch.web.forms import own_address, text_of, with_form
from hotline_batch.web.guard.door import person_of
from hotline_batch.web.office.administration import ROLE_WORDS
from hotline_batch.web.office.door import COME_BACK, ELSEWHERE, SIGN_IN, OfficeDoor
from hotline_batch.web.pages import page
from hotline_batch.web.site import settings_of, site_of

_LONGEST: Final = 1_000
_SECONDS_ELSEWHERE: Final = 600

_WORDS = {
    SignInRefusal.WRONG: marked("The name or the password is not right."),
    SignInRefusal.TOO_MANY_ATTEMPTS: marked("There were too many attempts. Wait a quarter of an hour, then try again."),
    SignInRefusal.NOT_ASKED_HERE: marked("That took too long, or began in another browser. Sign in once more."),
    SignInRefusal.PROVIDER_FAILED: marked(
        "Your company's sign-in did not answer as it should. Try again; if that does not help, ask an "
        "administrator of this office."
    ),
    SignInRefusal.NO_ACCOUNT: marked(
        "Your company knows you, but this office has no account for you. Ask an administrator of this "
        "office to add one."
    ),
}
_STATUS = {SignInRefusal.TOO_MANY_ATTEMPTS: 429}


def show(request: Request) -> Response:
    """The page where one signs in."""
    to = own_address(request.query_params.get("to", "/"))
    if person_of(request).kind is not PersonKind.NOBODY:
        return RedirectResponse(to, 303)
    return _form(request, to)


@with_form
def with_password(request: Request, form: FormData) -> Response:
    """Sign in with a name and a password."""
    name, password = str(form.get("name", ""))[:_LONGEST], str(form.get("password", ""))[:_LONGEST]
    to = own_address(text_of(form, "to"))
    found = sign_in(settings_of(request), name, password, _address_of(request))
    match found:
        case SignedIn():
            return _let_in(request, found, RedirectResponse(to, 303))
        case SignInRefusal():
            return _form(request, to, found, name=name if len(name) <= 100 and name.isprintable() else "")


def elsewhere(request: Request) -> Response:
    """Send the browser to the office's provider."""
    sent = begin_sign_in_elsewhere(settings_of(request), site_of(request).origin + COME_BACK)
    # A page that goes on, no redirect: the policy of our pages lets forms lead to ourselves alone.
    away = page(request, "office/going_on.html.j2", address=sent.address)
    # Lax: the provider leads the browser back here, and it has to bring this along.
    away.set_cookie(
        _cookie_elsewhere(request), sent.cookie, _SECONDS_ELSEWHERE, httponly=True, secure=True, samesite="lax"
    )
    return away


def come_back(request: Request) -> Response:
    """Sign in whoever the provider sends back."""
    told = request.query_params
    back = CameBack(
        state=told.get("state", "")[:_LONGEST],
        code=told.get("code", "")[:_LONGEST],
        issuer=told.get("iss", "")[:_LONGEST],
        error=told.get("error", "")[:_LONGEST],
    )
    cookie, redirect = request.cookies.get(_cookie_elsewhere(request), ""), site_of(request).origin + COME_BACK
    found = end_sign_in_elsewhere(settings_of(request), redirect, back, cookie, _address_of(request))
    match found:
        case SignedIn():
            answer = _let_in(request, found, page(request, "office/going_on.html.j2", address="/"))
        case SignInRefusal():
            answer = _form(request, "/", found)
    answer.delete_cookie(_cookie_elsewhere(request), httponly=True, secure=True, samesite="lax")
    return answer


def out(request: Request) -> Response:
    """Sign this browser out."""
    sign_out(settings_of(request), request.cookies.get(site_of(request).cookie, ""))
    return _let_out(request)


def own_account(request: Request) -> Response:
    """One's own name, roles and password."""
    return _own_page(request)


@with_form
def change_password(request: Request, form: FormData) -> Response:
    """Another password for oneself."""
    now, new, again = (str(form.get(name, ""))[:_LONGEST] for name in ("now", "new", "again"))
    if new != again:
        return _own_page(request, words("The new password was typed in two ways. Type it twice alike."))
    try:
        change_own_password(settings_of(request), now, new, _address_of(request))
    except HotlineBatchError as error:
        return _own_page(request, str(error))
    return _let_out(request)


def _own_page(request: Request, trouble: str = "") -> Response:
    roles = [words(ROLE_WORDS[role][0]) for role in Role if role in person_of(request).roles]
    return page(request, "office/account.html.j2", 400 if trouble else 200, roles=roles, trouble=trouble)


def _form(request: Request, to: str, refusal: SignInRefusal | None = None, name: str = "") -> Response:
    office = office_settings(settings_of(request))
    status = 200 if refusal is None else _STATUS.get(refusal, 403)
    return page(
        request,
        "office/sign_in.html.j2",
        status,
        to=to,
        name=name,
        trouble=words(_WORDS[refusal]) if refusal else "",
        provider=translated(office.openid.title) if office.openid else "",
    )


def _let_in(request: Request, found: SignedIn, answer: Response) -> Response:
    answer.set_cookie(
        site_of(request).cookie, found.cookie, int(found.seconds), httponly=True, secure=True, samesite="strict"
    )
    return answer


def _let_out(request: Request) -> Response:
    answer = RedirectResponse(SIGN_IN, 303)
    answer.delete_cookie(site_of(request).cookie, httponly=True, secure=True, samesite="strict")
    return answer


def _cookie_elsewhere(request: Request) -> str:
    return f"{site_of(request).cookie}_elsewhere"


def _address_of(request: Request) -> str:
    door: OfficeDoor = request.app.state.door
    return door.address_of(request)


ROUTES = [
    Route(SIGN_IN, show),
    Route(SIGN_IN, with_password, methods=["POST"]),
    Route(ELSEWHERE, elsewhere, methods=["POST"]),
    Route(COME_BACK, come_back),
    Route("/sign-out", out, methods=["POST"]),
    Route("/account", own_account),
    Route("/account", change_password, methods=["POST"]),
]
