"""`POST /runs/ID/settle`: a person's word about rows in doubt; what is incomplete comes back as it was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotline_batch.application.office.approvals import is_asked_anew, takes_a_third_person
from hotline_batch.application.runs.checks import check_run_may_be_real
from hotline_batch.application.runs.going_on import PersonsWord, settle_rows
from hotline_batch.application.runs.views.outcome import run_outcome
from hotline_batch.application.runs.views.progress import run_progress
from hotline_batch.application.runs.views.rows import attempts_so_far, row_of_run, status_of_rows
from hotline_batch.application.runs.workers.detached import resume_detached
from hotline_batch.errors import RunInProgress
from hotline_batch.model.jobs import Status
from hotline_batch.model.runs import Run
from hotline_batch.settings.model import Settings
from hotline_batch.web.forms import LAST_ROW, text_of, whole_number, with_form
from hotline_batch.web.pages import about_run, page
from hotline_batch.web.screens.run import Unsaid, WhyUnsaid, run_page
from hotline_batch.web.screens.run_actions import (
    IS_SENT_AGAIN,
    LONGEST_NOTE,
    figures_of,
    names_asked_for,
    rows_to_go,
    to_run,
)
from hotline_batch.web.site import settings_of

_WORDS: Final = {word.value: word for word in PersonsWord}
_SETTLED: Final = MappingProxyType({PersonsWord.DELIVERED: Status.SENT, PersonsWord.NOT_DELIVERED: Status.FAILED})
_MOST_ROWS: Final = 200


@with_form
def settle(request: Request, form: FormData) -> Response:
    """A person's word about rows in doubt. What is to be sent again is asked about once more."""
    settings, run_id = settings_of(request), request.path_params["run"]
    word = _WORDS.get(str(form.get("word")))
    rows = _row_numbers(form)
    note = text_of(form, "note", LONGEST_NOTE)
    progress = run_progress(settings, run_id)
    if not progress.counts.get(Status.UNKNOWN, 0):
        return _as_it_stands(request, word, rows, note)
    if word is None or not rows or len(rows) > _MOST_ROWS:
        why = WhyUnsaid.NO_WORD if word is None else WhyUnsaid.NO_ROWS
        return run_page(request, Unsaid(why, rows, note))
    seen, now = _seen(form), attempts_so_far(settings, run_id, rows)
    if any(seen.get(number, tried) != tried for number, tried in now.items()):
        # Tried again since, by another click: whoever looked, looked at less.
        is_second_click = form.get("sure") == "yes"
        return to_run(run_id) if is_second_click else run_page(request, Unsaid(WhyUnsaid.TRIED_SINCE, (), note))
    if word is not PersonsWord.RESEND:
        if Status.UNKNOWN in status_of_rows(settings, run_id, rows).values():
            settle_rows(settings, run_id, word, ",".join(map(str, rows)), note, seen=now)
        return _as_it_stands(request, word, rows, note)
    check_run_may_be_real(settings, progress.run)
    if form.get("sure") != "yes":
        return _question(request, progress.run, rows, note, now)
    return _send_again(request, form, rows, note, seen) if seen.keys() >= set(rows) else to_run(run_id)


def _question(request: Request, run: Run, rows: Sequence[int], note: str, tried: Mapping[int, int]) -> Response:
    """Whether these rows are to be sent again, with what else goes then."""
    settings = settings_of(request)
    needs_approval, outcome = is_asked_anew(settings, run.id), run_outcome(settings, run.id)
    return page(
        request,
        "run_send_again.html.j2",
        **about_run(run),
        rows=rows,
        note=note,
        seen=_as_told(tried),
        to_go=rows_to_go(outcome),
        figures=figures_of(outcome),
        needs_approval=needs_approval,
        takes_three=needs_approval and takes_a_third_person(settings, run.id),
    )


def _send_again(request: Request, form: FormData, rows: Sequence[int], note: str, seen: Mapping[int, int]) -> Response:
    """Send rows again, and with them as many others as the button named."""
    settings, run_id, figures = settings_of(request), request.path_params["run"], text_of(form, "figures")
    word, chosen = PersonsWord.RESEND, ",".join(map(str, rows))
    with suppress(RunInProgress):
        if figures and figures != figures_of(run_outcome(settings, run_id)):
            if _are_sent_again(settings, run_id, rows):
                return to_run(run_id)  # the second of two clicks
            return run_page(request, Unsaid(WhyUnsaid.FIGURES_CHANGED, rows, note))
        fields = [("word", word.value), ("note", note), ("row", chosen), ("sure", "yes")]
        fields += [("seen", _as_told(seen)), ("figures", figures)]
        if asked := names_asked_for(request, run_id, "settle", form, fields):
            return asked
        settle_rows(settings, run_id, word, chosen, note, seen=seen)
        resume_detached(settings, run_id)
    return to_run(run_id)


def _are_sent_again(settings: Settings, run_id: str, rows: Sequence[int]) -> bool:
    """Whether somebody asked for all of these rows already: they wait for it, or to be sent."""
    found = status_of_rows(settings, run_id, rows)
    in_doubt = [number for number, status in found.items() if status is Status.UNKNOWN]
    return {*found.values()} <= {Status.UNKNOWN, Status.NOT_ATTEMPTED} and all(
        row_of_run(settings, run_id, number).shown.row.code == IS_SENT_AGAIN for number in in_doubt
    )


def _as_it_stands(request: Request, word: PersonsWord | None, rows: Sequence[int], note: str) -> Response:
    """The run; with those of the rows that another tab or another person settled otherwise meanwhile, where there are
    any. The second of two clicks finds them as it said.
    """
    settings, run_id = settings_of(request), request.path_params["run"]
    meant = _SETTLED.get(word) if word else None
    found = status_of_rows(settings, run_id, rows[:_MOST_ROWS]) if meant else {}
    otherwise = [number for number, status in found.items() if status is not meant]
    if not otherwise:
        return to_run(run_id)
    return run_page(request, Unsaid(WhyUnsaid.SETTLED_OTHERWISE, otherwise, note))


def _seen(form: FormData) -> Mapping[int, int]:
    """How often rows had been tried when they were shown: another try is another question."""
    told = [pair.partition(":") for field in form.getlist("seen") for pair in str(field).split(",")]
    pairs = [(whole_number(number, LAST_ROW), whole_number(tried, LAST_ROW)) for number, _, tried in told]
    return {number: tried for number, tried in pairs if number is not None and tried is not None}


def _as_told(tried: Mapping[int, int]) -> str:
    return ",".join(f"{number}:{times}" for number, times in tried.items())


def _row_numbers(form: FormData) -> list[int]:
    """Those that were ticked, each by itself or several by one tick."""
    told = [whole_number(number, LAST_ROW) for field in form.getlist("row") for number in str(field).split(",")]
    return sorted({number for number in told if number is not None})


ROUTES = [
    Route("/runs/{run}/settle", settle, methods=["POST"]),
]
