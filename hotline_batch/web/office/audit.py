"""`/audit`: who did what, the newest first; for administrators."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotline_batch.application.exports.audit import Action, AuditEntry, verify_audit, who_did_what
from hotline_batch.language.words import marked, words
from hotline_batch.web.pages import page
from hotline_batch.web.settings_of import settings_of
from hotline_batch.web.whole_numbers import whole_number

_ENTRIES_A_PAGE = 50
_LAST_ENTRY = 10**15
_WORDS: Mapping[str, str] = marked(
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
_ACTIONS: Mapping[str, str] = marked(
    {
        Action.SIGNED_IN: "signed in",
        Action.SIGN_IN_REFUSED: "sign-in refused",
        Action.SIGNED_OUT: "signed out",
        Action.PREPARED: "prepared",
        Action.ASKED_FOR_APPROVAL: "asked for approval",
        Action.APPROVED: "approved",
        Action.REJECTED: "rejected",
        Action.STARTED: "started",
        Action.STOPPED: "stopped",
        Action.SETTLED: "settled",
        Action.DOWNLOADED: "downloaded",
        Action.TEMPLATE_CHANGED: "template changed",
        Action.TEMPLATE_REMOVED: "template removed",
        Action.ACCOUNT_ADDED: "account added",
        Action.ACCOUNT_CHANGED: "account changed",
        Action.ACCOUNT_DISABLED: "account disabled",
        Action.RUN_DELETED: "run deleted",
        Action.RUNS_PRUNED: "runs pruned",
    }
)
_SHORT = 12


def show(request: Request) -> Response:
    """A page of entries; with ``check`` also whether all of them are as they were written."""
    settings = settings_of(request)
    before, run = request.query_params.get("before", ""), request.query_params.get("run", "").strip()[:64]
    last = whole_number(before, _LAST_ENTRY)
    found = who_did_what(settings, _ENTRIES_A_PAGE + 1, before=last, run=run)
    return page(
        request,
        "office/audit.html.j2",
        entries=[(entry, _done(entry), _details(entry)) for entry in found[:_ENTRIES_A_PAGE]],
        older=found[_ENTRIES_A_PAGE - 1].number if len(found) > _ENTRIES_A_PAGE else None,
        run=run,
        is_newest=last is None,
        check=verify_audit(settings) if "check" in request.query_params else None,
        zone=settings.timezone,
    )


def _done(entry: AuditEntry) -> str:
    """What was done, in words; as it is written, where a newer version wrote it."""
    return words(_ACTIONS[entry.action]) if entry.action in _ACTIONS else entry.action


def _details(entry: AuditEntry) -> str:
    """In words; of digests the first figures."""
    told = {
        name: str(value)[:_SHORT] if name == "plan" else value
        for name, value in entry.details.items()
        if name in _WORDS and value != ""
    }
    return "; ".join(f"{words(_WORDS[name])} {str(value).replace(',', ', ')}" for name, value in told.items())


ROUTES = [Route("/audit", show)]
