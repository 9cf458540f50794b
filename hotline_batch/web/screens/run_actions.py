"""What a person can do with a run: stop it, approve or reject it; and what other actions ask and say besides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.connections import connections_to_confirm
from hotline_batch.application.office.approvals import (
    approval_question,
    ask_again,
    messages_to_approve,
    reject_run,
)
from hotline_batch.application.runs.going_on import run_to_resume
from hotline_batch.application.runs.views.progress import run_progress
from hotline_batch.application.runs.workers.detached import (
    AfterApproval,
    approve_and_start,
    stop_run,
)
from hotline_batch.errors import DecidedAlready
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import RunState
from hotline_batch.settings.model import Settings
from hotline_batch.web.forms import text_of, with_form
from hotline_batch.web.pages import about_run, page
from hotline_batch.web.site import settings_of

LONGEST_NOTE: Final = 1_000
_LONGEST_DIGEST: Final = 128
IS_SENT_AGAIN: Final = "resend_asked"
"""The code of rows of which somebody said so already."""


def stop(request: Request) -> Response:
    """Ask for a stop; what is on its way ends."""
    run_id = request.path_params["run"]
    stop_run(settings_of(request), run_id)
    return to_run(run_id)


def rows_to_go(summary: RunSummary) -> int:
    """Rows that leave when the run goes on, without anybody's further word: also those that are to be sent again."""
    return summary.counts.get(Status.NOT_ATTEMPTED, 0) + summary.codes.get(IS_SENT_AGAIN, 0)


def figures_of(summary: RunSummary) -> str:
    """What the buttons that let a run go on say of it: whoever presses one agrees to these."""
    return f"{rows_to_go(summary)}-{summary.counts.get(Status.FAILED, 0)}"


@dataclass(frozen=True, slots=True)
class NamesTold:
    """Of the connections that ask for their names, which were ``named`` and which are ``missing``; and whether anything
    else was typed.
    """

    named: Sequence[str]
    missing: Sequence[str]
    is_wrong: bool

    @classmethod
    def of(cls, form: FormData, asking: Collection[str]) -> NamesTold:
        """As typed in several fields; one that was left empty says nothing."""
        typed = [name for told in form.getlist("confirm") if (name := str(told).strip())]
        named = [name for name in typed if name in asking]
        return cls(named, [name for name in asking if name not in named], len(named) < len(typed))


def names_asked_for(
    request: Request, run_id: str, action: str, form: FormData, said: Sequence[tuple[str, str]] = ()
) -> Response | None:
    """The page that asks for names of connections that messages would go through; None where none is missing.

    ``said``: the fields of the form before, which are handed in once more with the names, as are the right ones.
    """
    settings = settings_of(request)
    run = run_to_resume(settings, run_id)
    told = NamesTold.of(form, connections_to_confirm(settings, run.connections, ()))
    if not told.missing:
        return None
    return page(
        request,
        "run_confirm_names.html.j2",
        **about_run(run_progress(settings, run_id).run),
        action=action,
        missing=told.missing,
        said=[*said, *(("confirm", name) for name in told.named)],
        is_wrong=told.is_wrong,
    )


def to_run(run_id: str) -> Response:
    """Back to the page of a run."""
    return RedirectResponse(f"/runs/{run_id}", 303)


def approval_told(settings: Settings, run_id: str) -> dict[str, Any]:
    """What the page of a run shows of it: the ``question`` and the first ``messages`` that it is about."""
    question = approval_question(settings, run_id)
    is_open = question is not None and question.is_open
    return {
        "question": question,
        "approval_messages": messages_to_approve(settings, run_id) if is_open else (),
    }


@with_form
def approve(request: Request, form: FormData) -> Response:
    """Let the run be sent, at once."""
    settings, run_id, note = settings_of(request), request.path_params["run"], text_of(form, "note", LONGEST_NOTE)
    seen, run = _seen_plan(form), run_progress(settings, run_id).run
    # Nobody was asked about a file that was laid into a folder; nobody knows here what name its watcher was given.
    if run.notes.lies_in_inbox and run.state is RunState.PLANNED:
        fields = [("note", note), ("seen", seen)]
        if asked := names_asked_for(request, run_id, "approve", form, fields):
            return asked
    try:
        became = approve_and_start(settings, run_id, note=note, seen=seen)
    except DecidedAlready as before:
        if not before.is_own:
            raise
        return to_run(run_id)  # the second of two clicks
    if became is AfterApproval.HANDED_OVER:
        return to_run(run_id)
    if became is AfterApproval.STOPPED:
        said = words(
            "Run {run} is approved, but somebody stopped it while it waited: nothing of it is sent.", run=run_id
        )
        advice = words("If it is to be sent all the same, go on with it there.")
    else:
        said = words("Run {run} is approved, and somebody works on it at this moment.", run=run_id)
        advice = words("Look at the run in a moment: if it has not begun by then, start it there.")
    return page(
        request,
        "error.html.j2",
        409,
        title=words("It is approved"),
        said=said,
        advice=advice,
        links=[(words("See the run"), f"/runs/{run_id}")],
    )


@with_form
def reject(request: Request, form: FormData) -> Response:
    """Let nothing of it be sent, and say why."""
    run_id, note = request.path_params["run"], text_of(form, "note", LONGEST_NOTE)
    try:
        reject_run(settings_of(request), run_id, note, seen=_seen_plan(form))
    except DecidedAlready as before:
        if not before.is_own:
            raise
    return to_run(run_id)


def _seen_plan(form: FormData) -> str:
    """The digest of what the person looked at; that of nothing where the form has none."""
    return text_of(form, "seen", _LONGEST_DIGEST) or "none"


def ask(request: Request) -> Response:
    """Ask once more about what was rejected."""
    run_id = request.path_params["run"]
    ask_again(settings_of(request), run_id)
    return to_run(run_id)


ROUTES = [
    Route("/runs/{run}/stop", stop, methods=["POST"]),
    Route("/runs/{run}/approve", approve, methods=["POST"]),
    Route("/runs/{run}/reject", reject, methods=["POST"]),
    Route("/runs/{run}/ask-again", ask, methods=["POST"]),
]
