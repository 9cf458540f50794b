"""What a person can do with a run: stop it, let it go on, try what failed again, say what became of rows in doubt."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.runs.going_on import PersonsWord, run_to_resume, settle_rows
from hotline_batch.application.runs.views.listing import sheet_name
from hotline_batch.application.runs.views.progress import run_progress
from hotline_batch.application.runs.views.rows import attempts_so_far
from hotline_batch.application.runs.workers.detached import resume_detached, retry_detached, stop_run
from hotline_batch.application.service import connections_to_confirm
from hotline_batch.errors import RunInProgress
from hotline_batch.model.jobs import Status
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import is_practice
from hotline_batch.web.pages import page
from hotline_batch.web.settings_of import settings_of
from hotline_batch.web.whole_numbers import LAST_ROW, whole_number

_WORDS = {word.value: word for word in PersonsWord}
_LONGEST_NOTE: Final = 500
_MOST_ROWS = 200


async def stop(request: Request) -> Response:
    """Ask for a stop; what is on its way ends."""
    settings, run_id = settings_of(request), request.path_params["run"]
    await run_in_threadpool(stop_run, settings, run_id)
    return _to_run(run_id)


async def go_on(request: Request) -> Response:
    """Let the run go on with what is to be done yet; nothing else is sent again."""
    async with request.form() as form:
        return await run_in_threadpool(_hand_over, request, form, resume_detached, "go-on", {})


async def try_again(request: Request) -> Response:
    """New attempts for what failed, which was certainly not delivered."""
    async with request.form() as form:
        return await run_in_threadpool(_hand_over, request, form, retry_detached, "try-again", {})


async def settle(request: Request) -> Response:
    """A person's word about rows in doubt. What is to be sent again is asked about once more."""
    async with request.form() as form:
        return await run_in_threadpool(_settle, request, form)


def _settle(request: Request, form: FormData) -> Response:
    settings, run_id = settings_of(request), request.path_params["run"]
    word = _WORDS.get(str(form.get("word")))
    rows = _row_numbers(form)
    progress = run_progress(settings, run_id)
    if word is None or not rows or len(rows) > _MOST_ROWS:
        return page(
            request,
            "run_nothing_chosen.html.j2",
            400,
            run=progress.run,
            is_practice=is_practice(progress.run),
            is_word_missing=word is None,
        )
    if not progress.counts.get(Status.UNKNOWN, 0):
        return _to_run(run_id)  # settled meanwhile, by another tab or another click
    note = str(form.get("note", "")).strip()[:_LONGEST_NOTE]
    said = {"word": word.value, "note": note, "row": [str(row) for row in rows]}
    if word is not PersonsWord.RESEND:
        _settle_those(settings, run_id, word, rows, note)
        return _to_run(run_id)
    seen = _seen(settings, run_id, rows)
    if form.get("sure") != "yes":
        return page(
            request,
            "run_send_again.html.j2",
            run=progress.run,
            sheet=sheet_name(progress.run),
            is_practice=is_practice(progress.run),
            rows=rows,
            note=note,
            seen=seen,
        )
    if form.get("seen") != seen:
        return _to_run(run_id)  # sent again since, by another click: whoever agreed, agreed to that one
    with suppress(RunInProgress):
        missing = _names_missing(settings, run_id, form)
        if missing:
            return _ask_for_names(request, run_id, "settle", missing, said | {"sure": "yes", "seen": seen})
        _settle_those(settings, run_id, word, rows, note)
        resume_detached(settings, run_id)
    return _to_run(run_id)


def _seen(settings: Settings, run_id: str, rows: list[int]) -> str:
    """How often each of these rows was tried so far: another try is another question."""
    return ",".join(map(str, attempts_so_far(settings, run_id, rows)))


def _row_numbers(form: FormData) -> list[int]:
    """Those that were ticked, each by itself or several by one tick."""
    told = [whole_number(number, LAST_ROW) for field in form.getlist("row") for number in str(field).split(",")]
    return sorted({number for number in told if number is not None})


def _settle_those(settings: Settings, run_id: str, word: PersonsWord, rows: list[int], note: str) -> None:
    settle_rows(settings, run_id, word, ",".join(map(str, rows)), note)


def _hand_over(
    request: Request,
    form: FormData,
    hand_over: Callable[[Settings, str], None],
    action: str,
    said: dict[str, str | list[str]],
) -> Response:
    settings, run_id = settings_of(request), request.path_params["run"]
    if run_progress(settings, run_id).is_going_on:
        return _to_run(run_id)  # the second of two clicks
    with suppress(RunInProgress):  # the same, a moment later
        missing = _names_missing(settings, run_id, form)
        if missing:
            return _ask_for_names(request, run_id, action, missing, said)
        hand_over(settings, run_id)
    return _to_run(run_id)


def _names_missing(settings: Settings, run_id: str, form: FormData) -> list[str]:
    """Connections that messages would go through, that ask for their name, and whose name was not given."""
    given = [str(name).strip() for name in form.getlist("confirm")]
    return list(connections_to_confirm(settings, run_to_resume(settings, run_id).connections, given))


def _ask_for_names(
    request: Request, run_id: str, action: str, missing: list[str], said: dict[str, str | list[str]]
) -> Response:
    return page(
        request,
        "run_confirm_names.html.j2",
        run_id=run_id,
        action=action,
        missing=missing,
        said=[(name, each) for name, value in said.items() for each in ([value] if isinstance(value, str) else value)],
    )


def _to_run(run_id: str) -> Response:
    return RedirectResponse(f"/runs/{run_id}", 303)


ROUTES = [
    Route("/runs/{run}/stop", stop, methods=["POST"]),
    Route("/runs/{run}/go-on", go_on, methods=["POST"]),
    Route("/runs/{run}/try-again", try_again, methods=["POST"]),
    Route("/runs/{run}/settle", settle, methods=["POST"]),
]
