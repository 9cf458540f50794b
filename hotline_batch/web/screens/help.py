"""`/help`: how it works, and what each code means."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotline_batch.issues.words import RECORDS
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.results.verdict import STATUS_MEANINGS
from hotline_batch.web.next_steps import advice_on_page
from hotline_batch.web.pages import page
from hotline_batch.web.screens.run.words import status_words


def overview(request: Request) -> Response:
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


def code(request: Request) -> Response:
    """One code."""
    record = RECORDS.get(request.path_params["code"])
    if record is None:
        raise HTTPException(404)
    return page(request, "help_code.html.j2", record=record, advice=advice_on_page(record.code))


ROUTES = [Route("/help", overview), Route("/help/{code}", code)]
