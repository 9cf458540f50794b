"""`/accounts`: who may come in, and what each may do; for administrators."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.office.accounts import (
    NewAccount,
    change_roles,
    create_account,
    disable,
    enable,
    list_accounts,
    reset_password,
)
from hotline_batch.errors import HotlineBatchError, NotAllowed
from hotline_batch.language.words import marked, words
from hotline_batch.people import Role
from hotline_batch.settings.model import Settings
from hotline_batch.web.pages import page
from hotline_batch.web.settings_of import settings_of

ROLE_WORDS = {
    Role.LOOK: (marked("Look"), marked("sees runs, rows and results")),
    Role.PREPARE: (
        marked("Prepare"),
        marked("uploads sheets, starts what needs no approval, stops, settles rows in doubt"),
    ),
    Role.APPROVE: (marked("Approve"), marked("approves or rejects what somebody else prepared")),
    Role.ADMINISTER: (marked("Administer"), marked("looks after accounts, and sees who did what")),
}

_USUAL_ROLES = frozenset({Role.LOOK, Role.PREPARE})


def show(request: Request) -> Response:
    """All accounts, and a form for a new one."""
    return _page(request, NewAccount("", "", _USUAL_ROLES), "")


async def add(request: Request) -> Response:
    """A new account."""
    async with request.form() as form:
        is_foreign = str(form.get("how", "")) == "provider"
        wanted = NewAccount(
            _text(form, "name"),
            _text(form, "display_name"),
            _roles(form),
            password=None if is_foreign else str(form.get("password", "")),
            subject=_text(form, "subject") if is_foreign else None,
        )
    try:
        await run_in_threadpool(create_account, settings_of(request), wanted)
    except NotAllowed:
        raise
    except HotlineBatchError as error:
        return await run_in_threadpool(_page, request, wanted, str(error))
    return RedirectResponse("/accounts", 303)


async def change(request: Request) -> Response:
    """Other roles, another password, in or out."""
    name = request.path_params["name"]
    async with request.form() as form:
        action = _ACTIONS.get(str(form.get("do", "")))
        try:
            if action is not None:
                await run_in_threadpool(action, settings_of(request), name, form)
        except NotAllowed:
            raise
        except HotlineBatchError as error:
            return await run_in_threadpool(_page, request, NewAccount("", "", _USUAL_ROLES), f"{name}: {error}")
    return RedirectResponse("/accounts", 303)


def _page(request: Request, said: NewAccount, trouble: str) -> Response:
    settings = settings_of(request)
    return page(
        request,
        "office/accounts.html.j2",
        400 if trouble else 200,
        accounts=list_accounts(settings),
        said=said,
        trouble=trouble,
        role_words={role: (words(name), words(about)) for role, (name, about) in ROLE_WORDS.items()},
        has_provider=settings.office is not None and settings.office.openid is not None,
        zone=settings.timezone,
    )


def _text(form: FormData, name: str) -> str:
    return str(form.get(name, "")).strip()


def _roles(form: FormData) -> frozenset[Role]:
    known = {role.value: role for role in Role}
    return frozenset(known[str(word)] for word in form.getlist("role") if str(word) in known)


_ACTIONS: dict[str, Callable[[Settings, str, FormData], None]] = {
    "roles": lambda settings, name, form: change_roles(settings, name, _roles(form)),
    "password": lambda settings, name, form: reset_password(settings, name, str(form.get("password", ""))),
    "disable": lambda settings, name, _form: disable(settings, name),
    "enable": lambda settings, name, _form: enable(settings, name),
}

ROUTES = [
    Route("/accounts", show),
    Route("/accounts", add, methods=["POST"]),
    Route("/accounts/{name}", change, methods=["POST"]),
]
