"""`/runs/ID/correct`: a correction to exactly those who got a message of a run; shown before anything is sent."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.connections import connections_to_confirm
from hotline_batch.application.corrections.plan_correction import CorrectedAlready, look_at_correction, plan_correction
from hotline_batch.application.corrections.request import CorrectionPlan, CorrectionRequest
from hotline_batch.application.drafts.request import PRACTICE_RATE
from hotline_batch.application.drafts.seen import placeholder
from hotline_batch.application.runs.checks import check_run_may_be_real
from hotline_batch.application.runs.start import (
    forget_plan,
    forgotten_unless_started,
    leave_for_approval,
    ready_to_start,
)
from hotline_batch.application.runs.views.progress import run_progress
from hotline_batch.application.runs.workers.detached import start_run_detached
from hotline_batch.application.templates import listed_templates
from hotline_batch.errors import HotlineBatchError, RunInProgress
from hotline_batch.language.formats import list_of
from hotline_batch.model.runs import Run
from hotline_batch.opening_hours.week import Week, hours_words
from hotline_batch.run_options import Limits, RunOptions
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import is_practice
from hotline_batch.web.forms import with_form
from hotline_batch.web.pages import about_run, page
from hotline_batch.web.screens.run_actions import NamesTold
from hotline_batch.web.site import settings_of

_LONGEST_TEXT: Final = 20_000
_NO_NAMES: Final = NamesTold((), (), is_wrong=False)


@dataclass(frozen=True, slots=True)
class _Said:
    """What the form holds: the message, to whom besides those who got the wrong one for sure, and whether it keeps to
    the hours that were chosen for the run.
    """

    text: str
    template: str
    include_unknown: bool
    again: bool
    keeps_hours: bool

    @classmethod
    def of(cls, form: FormData) -> _Said:
        """As it was sent; a browser ends lines otherwise than files do."""
        text = str(form.get("text", ""))[:_LONGEST_TEXT].replace("\r\n", "\n")
        template = str(form.get("template", ""))
        ticked = (form.get(name) == "yes" for name in ("include_unknown", "again", "keeps_hours"))
        return cls(text, template, *ticked)

    def request(self, run: Run, **more: Any) -> CorrectionRequest:
        """The same as it is asked for; the result is written when somebody wants it. Practice keeps its pace."""
        hours = _hours_of(run) if self.keeps_hours else Limits()
        options = RunOptions(
            template=self.template or None,
            message=None if self.template else self.text,
            limits=replace(hours, rate=PRACTICE_RATE if is_practice(run) else None),
        )
        return CorrectionRequest(
            run.id, options, output="", include_unknown=self.include_unknown, again=self.again, **more
        )


_NOTHING_YET = _Said("", "", include_unknown=False, again=False, keeps_hours=True)


def _hours_of(run: Run) -> Limits:
    """The hours that somebody chose for a run, and nothing else; those of the settings bind by themselves."""
    chosen = run.notes.limits_of_workers.over(run.options.limits)
    return Limits(between=chosen.between, days=chosen.days, holidays=chosen.holidays)


def form(request: Request) -> Response:
    """What the correction is to say."""
    run = run_progress(settings_of(request), request.path_params["run"]).run
    return _form(request, run, _NOTHING_YET)


@with_form
def correct(request: Request, form: FormData) -> Response:
    """Show to whom it would go; the second time, where it is what was seen, send it."""
    settings, run_id = settings_of(request), request.path_params["run"]
    run = run_progress(settings, run_id).run
    said = _Said.of(form)
    if form.get("change") == "yes":
        return _form(request, run, said)
    if not said.template and not said.text.strip():
        return _form(request, run, said, is_text_missing=True)
    try:
        check_run_may_be_real(settings, run)
        found = look_at_correction(said.request(run), settings)
    except RunInProgress:
        return RedirectResponse(f"/runs/{run_id}", 303)
    except CorrectedAlready as error:
        newest = run.notes.corrected_by[-1:]
        if form.get("sure") == "yes" and newest:
            return RedirectResponse(f"/runs/{newest[0]}", 303)  # the second of two clicks
        return _form(request, run, said, error=error)
    except HotlineBatchError as error:
        return _form(request, run, said, error=error)
    if form.get("sure") != "yes" or form.get("seen") != _seen(found):
        return _preview(request, run, said, found, is_changed=form.get("sure") == "yes")
    return _send(request, settings, run, said, found, form)


def _send(
    request: Request, settings: Settings, run: Run, said: _Said, found: CorrectionPlan, form: FormData
) -> Response:
    planned = plan_correction(said.request(run, asks=True, seen=len(found.earlier)), settings)
    correction = planned.run.id
    with forgotten_unless_started(settings, correction):
        if _seen(planned.correction) != _seen(found):  # the template was changed since it was looked at
            forget_plan(settings, correction)
            return _preview(request, run, said, planned.correction, is_changed=True)
        asking = connections_to_confirm(settings, ready_to_start(settings, planned.run), ())
        told = NamesTold.of(form, asking)
        if told.missing:
            forget_plan(settings, correction)
            return _preview(request, run, said, found, names=told)
        if planned.waits_for_approval:
            leave_for_approval(settings, correction)
        else:
            start_run_detached(settings, correction)
    return RedirectResponse(f"/runs/{correction}", 303)


def _seen(found: CorrectionPlan) -> str:
    """What somebody agrees to: these messages to these rows, and as many corrections as there were before."""
    return f"{found.digest}-{found.plan.tally.invalid}-{len(found.earlier)}"


def _form(
    request: Request, run: Run, said: _Said, *, error: HotlineBatchError | None = None, is_text_missing: bool = False
) -> Response:
    hours = _hours_of(run)
    return page(
        request,
        "run_correct.html.j2",
        422 if error or is_text_missing else 200,
        **about_run(run),
        hours=hours_words(Week.parse(hours.between, hours.days, hours.holidays)),
        said=said,
        error=error,
        is_text_missing=is_text_missing,
        templates=listed_templates(said.template),
        placeholders=[(name, placeholder(name)) for name in run.header if name.strip()],
        earlier=run.notes.corrected_by,
    )


def _preview(
    request: Request,
    run: Run,
    said: _Said,
    found: CorrectionPlan,
    *,
    is_changed: bool = False,
    names: NamesTold = _NO_NAMES,
) -> Response:
    now, expected = time.time(), found.plan.expected
    begins_at = expected.begins_at(now)
    return page(
        request,
        "run_correct_preview.html.j2",
        **about_run(run),
        begins_at=begins_at if begins_at > now else None,
        hours=list_of([hours_words(week) for week in expected.weeks]),
        zone=found.plan.zone,
        said=said,
        found=found,
        seen=_seen(found),
        is_changed=is_changed,
        names=names,
    )


ROUTES = [
    Route("/runs/{run}/correct", form),
    Route("/runs/{run}/correct", correct, methods=["POST"]),
]
