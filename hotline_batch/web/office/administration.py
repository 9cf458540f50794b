"""`/accounts`: who may come in, and what each may do; `/audit`: who did what. For administrators."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.exports.audit import AuditEntry, verify_audit, who_did_what
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
from hotline_batch.model.jobs import Kind
from hotline_batch.people import Role
from hotline_batch.web.forms import text_of, whole_number, with_form
from hotline_batch.web.pages import page
from hotline_batch.web.site import settings_of

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
_ENTRIES_A_PAGE = 50
_LAST_ENTRY = 10**15
_DETAIL_WORDS: Mapping[str, str] = marked(
    {
        "account": "account",
        "roles": "may",
        "how": "by",
        "address": "from",
        "changed": "changed",
        "kind": "kind",
        "rows": "rows",
        "what": "what",
        "template": "template",
        "word": "as",
        "plan": "plan",
        "reason": "because",
    }
)
_VALUE_WORDS: Mapping[str, str] = marked(
    {
        Role.LOOK: "look",
        Role.PREPARE: "prepare",
        Role.APPROVE: "approve",
        Role.ADMINISTER: "administer",
        "password": "password",
        "provider": "the company's sign-in",
        Kind.SEND: "messages",
        Kind.ENRICH: "look-ups",
        "delivered": "delivered",
        "not_delivered": "not delivered",
        "resend": "to be sent again",
    }
)
_SHORT = 12


def accounts(request: Request) -> Response:
    """All accounts, and a form for a new one."""
    return _page(request, NewAccount("", "", _USUAL_ROLES), "")


@with_form
def add(request: Request, form: FormData) -> Response:
    """A new account."""
    is_foreign = form.get("how") == "provider"
    wanted = NewAccount(
        text_of(form, "name"),
        text_of(form, "display_name"),
        _roles(form),
        password=None if is_foreign else str(form.get("password", "")),
        subject=text_of(form, "subject") if is_foreign else None,
    )
    try:
        create_account(settings_of(request), wanted)
    except NotAllowed:
        raise
    except HotlineBatchError as error:
        return _page(request, wanted, str(error))
    return RedirectResponse("/accounts", 303)


@with_form
def change(request: Request, form: FormData) -> Response:
    """Other roles, another password, in or out."""
    settings, name = settings_of(request), request.path_params["name"]
    try:
        match form.get("do"):
            case "roles":
                change_roles(settings, name, _roles(form))
            case "password":
                reset_password(settings, name, str(form.get("password", "")))
            case "disable":
                disable(settings, name)
            case "enable":
                enable(settings, name)
    except NotAllowed:
        raise
    except HotlineBatchError as error:
        return _page(request, NewAccount("", "", _USUAL_ROLES), f"{name}: {error}")
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


def _roles(form: FormData) -> frozenset[Role]:
    known = {role.value: role for role in Role}
    return frozenset(known[str(word)] for word in form.getlist("role") if str(word) in known)


def audit(request: Request) -> Response:
    """A page of entries; with ``check`` also whether all of them are as they were written."""
    settings = settings_of(request)
    before, run = request.query_params.get("before", ""), request.query_params.get("run", "").strip()[:64]
    last = whole_number(before, _LAST_ENTRY)
    found = who_did_what(settings, _ENTRIES_A_PAGE + 1, before=last, run=run)
    return page(
        request,
        "office/audit.html.j2",
        entries=[(entry, _details(entry)) for entry in found[:_ENTRIES_A_PAGE]],
        older=found[_ENTRIES_A_PAGE - 1].number if len(found) > _ENTRIES_A_PAGE else None,
        run=run,
        check=verify_audit(settings) if "check" in request.query_params else None,
        zone=settings.timezone,
    )


def _details(entry: AuditEntry) -> str:
    """In words; of digests the first figures."""
    return "; ".join(
        f"{words(_DETAIL_WORDS[name])} {str(value)[:_SHORT] if name == 'plan' else _value(name, str(value))}"
        for name, value in entry.details.items()
        if name in _DETAIL_WORDS and value != ""
    )


def _value(name: str, value: str) -> str:
    """A value, or several with a comma between them; names that people gave stay as they are."""
    if name in ("account", "template"):
        return value
    return ", ".join(words(_VALUE_WORDS[part]) if part in _VALUE_WORDS else part for part in value.split(","))


ROUTES = [
    Route("/accounts", accounts),
    Route("/accounts", add, methods=["POST"]),
    Route("/accounts/{name}", change, methods=["POST"]),
    Route("/audit", audit),
]
