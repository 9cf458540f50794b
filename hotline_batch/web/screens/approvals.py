"""Two pairs of eyes on the page: what waits for a second person, and that person's yes or no."""

from __future__ import annotations

from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.office.approvals import (
    approval_question,
    ask_again,
    messages_to_approve,
    reject_run,
)
from hotline_batch.application.runs.workers.detached import approve_and_start
from hotline_batch.settings.model import Settings
from hotline_batch.web.settings_of import settings_of

_LONGEST_NOTE: Final = 1_000
_LONGEST_DIGEST: Final = 128


def approval_told(settings: Settings, run_id: str) -> dict[str, Any]:
    """What the page of a run shows of it: ``approval`` and the first ``messages`` that it is about."""
    question = approval_question(settings, run_id)
    is_open = question is not None and question.is_open
    return {
        "approval": question,
        "approval_messages": messages_to_approve(settings, run_id) if is_open else (),
    }


async def approve(request: Request) -> Response:
    """Let the run be sent, at once."""
    async with request.form() as form:
        seen, note = str(form.get("seen", ""))[:_LONGEST_DIGEST], str(form.get("note", "")).strip()[:_LONGEST_NOTE]
    run_id = request.path_params["run"]
    await run_in_threadpool(approve_and_start, settings_of(request), run_id, note=note, seen=seen or "none")
    return RedirectResponse(f"/runs/{run_id}", 303)


async def reject(request: Request) -> Response:
    """Let nothing of it be sent, and say why."""
    async with request.form() as form:
        seen, note = str(form.get("seen", ""))[:_LONGEST_DIGEST], str(form.get("note", ""))[:_LONGEST_NOTE]
    run_id = request.path_params["run"]
    await run_in_threadpool(reject_run, settings_of(request), run_id, note, seen=seen or "none")
    return RedirectResponse(f"/runs/{run_id}", 303)


def ask(request: Request) -> Response:
    """Ask once more about what was rejected."""
    run_id = request.path_params["run"]
    ask_again(settings_of(request), run_id)
    return RedirectResponse(f"/runs/{run_id}", 303)


ROUTES = [
    Route("/runs/{run}/approve", approve, methods=["POST"]),
    Route("/runs/{run}/reject", reject, methods=["POST"]),
    Route("/runs/{run}/ask-again", ask, methods=["POST"]),
]
