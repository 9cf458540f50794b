"""A run that ended before its time goes on, or its failed rows are tried again: as many as the button named."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotline_batch.application.runs.views.outcome import run_outcome
from hotline_batch.application.runs.views.progress import run_progress
from hotline_batch.application.runs.workers.detached import resume_detached, retry_detached
from hotline_batch.errors import RunInProgress
from hotline_batch.settings.model import Settings
from hotline_batch.web.forms import text_of, with_form
from hotline_batch.web.screens.run import Unsaid, WhyUnsaid, run_page
from hotline_batch.web.screens.run_actions import figures_of, names_asked_for, to_run
from hotline_batch.web.site import settings_of


@with_form
def go_on(request: Request, form: FormData) -> Response:
    """Let the run go on with what is to be done yet; nothing else is sent again."""
    return _hand_over(request, form, resume_detached, "go-on")


@with_form
def try_again(request: Request, form: FormData) -> Response:
    """New attempts for what failed, which was certainly not delivered."""
    return _hand_over(request, form, retry_detached, "try-again")


def _hand_over(request: Request, form: FormData, hand_over: Callable[[Settings, str], None], action: str) -> Response:
    settings, run_id, seen = settings_of(request), request.path_params["run"], text_of(form, "figures")
    progress = run_progress(settings, run_id)
    if progress.is_going_on:
        return to_run(run_id)  # the second of two clicks
    with suppress(RunInProgress):  # the same, a moment later
        if seen and seen != figures_of(run_outcome(settings, run_id)):
            return run_page(request, Unsaid(WhyUnsaid.FIGURES_CHANGED, (), ""))
        if asked := names_asked_for(request, run_id, action, form, [("figures", seen)]):
            return asked
        hand_over(settings, run_id)
    return to_run(run_id)


ROUTES = [
    Route("/runs/{run}/go-on", go_on, methods=["POST"]),
    Route("/runs/{run}/try-again", try_again, methods=["POST"]),
]
