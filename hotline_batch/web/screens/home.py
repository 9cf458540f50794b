"""`/`: hand a sheet in, and see which runs need a person; and the small screens around it.

`/blank/KIND.xlsx` is a sheet to fill in; `/help` says how it works and what each code means; `/practice` is the switch
between practice and what is real; `/language` changes the language; `/end` ends the program, while runs go on.
"""

from __future__ import annotations

from starlette.background import BackgroundTask
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.office.approvals import runs_to_approve
from hotline_batch.application.practice import practice_mishaps
from hotline_batch.application.runs.views.listing import RunFilter, list_runs_page
from hotline_batch.application.templates import make_blank_sheet
from hotline_batch.issues.words import RECORDS
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.results.verdict import STATUS_MEANINGS
from hotline_batch.web.browser_choices import Practice, remember_language, remember_practice
from hotline_batch.web.forms import own_address, text_of, with_form
from hotline_batch.web.next_steps import advice_on_page, page_step
from hotline_batch.web.pages import WORKBOOK, file_answer, page
from hotline_batch.web.site import settings_to_look
from hotline_batch.web.wording import status_words

_RUNS_SHOWN = 5


def home(request: Request) -> Response:
    """The first page."""
    settings, trouble = settings_to_look(request)
    newest = list_runs_page(settings, RunFilter(), 1, _RUNS_SHOWN)
    return page(
        request,
        "home.html.j2",
        newest=newest,
        waiting=runs_to_approve(settings),
        has_connection=bool(settings.connections),
        trouble=trouble,
        zone=settings.timezone,
    )


def blank_sheet(request: Request) -> Response:
    """A workbook to fill in, which says how."""
    kind = request.path_params["kind"]
    if kind not in set(Kind):
        raise HTTPException(404)
    settings, _ = settings_to_look(request)
    name = "messages.xlsx" if kind == Kind.SEND else "topics.xlsx"
    return file_answer(
        name,
        WORKBOOK,
        lambda path: make_blank_sheet(Kind(kind), path, settings, force=True, say=lambda todo: page_step(todo).words),
    )


def help_page(request: Request) -> Response:
    """How it works, and the codes; with ``words``, those that speak of them."""
    asked = request.query_params.get("words", "")[:100]
    wanted = asked.casefold().split()
    found = [
        record
        for record in RECORDS.values()
        if all(word in f"{record.code} {words(record.meaning)} {words(record.advice)}".casefold() for word in wanted)
    ]
    names = status_words()
    return page(
        request,
        "help.html.j2",
        records=found,
        words=asked,
        statuses=[(status, names[status], words(meaning)) for status, meaning in STATUS_MEANINGS[Kind.SEND].items()],
    )


def help_with_code(request: Request) -> Response:
    """One code."""
    record = RECORDS.get(request.path_params["code"])
    if record is None:
        raise HTTPException(404)
    return page(request, "help_code.html.j2", record=record, advice=advice_on_page(record.code))


def practice(request: Request) -> Response:
    """What practice is, the switch, and the mishaps."""
    return page(request, "practice.html.j2", mishaps=practice_mishaps())


@with_form
def switch_practice(request: Request, form: FormData) -> Response:
    """Turn it on or off, and go back to where the person was."""
    answer = RedirectResponse(own_address(text_of(form, "back")), 303)
    known = {mishap.name for mishap in practice_mishaps()}
    mishaps = tuple(str(name) for name in form.getlist("mishap") if name in known)
    remember_practice(request, answer, Practice(form.get("is_on") == "yes", mishaps))
    return answer


@with_form
def choose_language(request: Request, form: FormData) -> Response:
    """Go back to where the person was, in the language that was chosen."""
    answer = RedirectResponse(own_address(text_of(form, "back")), 303)
    remember_language(request, answer, text_of(form, "language"))
    return answer


def end_program(request: Request) -> Response:
    """A last page, then the server ends."""
    last = page(request, "ended.html.j2")
    last.background = BackgroundTask(request.app.state.end)
    return last


ROUTES = [
    Route("/", home),
    Route("/blank/{kind}.xlsx", blank_sheet),
    Route("/help", help_page),
    Route("/help/{code}", help_with_code),
    Route("/practice", practice),
    Route("/practice", switch_practice, methods=["POST"]),
    Route("/language", choose_language, methods=["POST"]),
]

END = Route("/end", end_program, methods=["POST"])
"""Of the page of one's own machine alone."""
