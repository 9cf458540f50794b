"""What can be downloaded of a run: its result sheet as a workbook or CSV, the report, every attempt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotline_batch.application.exports.audit import record_download, write_audit
from hotline_batch.application.exports.report import write_report
from hotline_batch.application.exports.results import write_results_again
from hotline_batch.application.runs.views.listing import sheet_name
from hotline_batch.application.runs.views.progress import run_progress
from hotline_batch.results.report.run_section import Face
from hotline_batch.settings.model import Settings
from hotline_batch.web.next_steps import advice_on_page, page_step
from hotline_batch.web.settings_of import settings_to_look
from hotline_batch.web.site import site_of
from hotline_batch.web.temporary_file import WORKBOOK, file_answer


def _advice(code: str) -> str:
    return " ".join(part.words for part in advice_on_page(code))


_WORDS_OF_THE_PAGE = Face(say=lambda todo: page_step(todo).words, advise=_advice)


def workbook(request: Request) -> Response:
    """The result sheet with its worksheets."""
    return _file(request, "results.xlsx", WORKBOOK, write_results_again)


def csv(request: Request) -> Response:
    """The result sheet as CSV."""
    return _file(request, "results.csv", "text/csv; charset=utf-8", write_results_again)


def report(request: Request) -> Response:
    """The report, which needs no network and may be passed on."""
    return _file(request, "report.html", "text/html; charset=utf-8", _write_report)


def attempts(request: Request) -> Response:
    """Every attempt, one JSON object a line."""
    return _file(request, "attempts.jsonl", "application/jsonl; charset=utf-8", write_audit)


def _write_report(settings: Settings, run_id: str, path: str) -> object:
    return write_report(settings, [run_id], path, face=_WORDS_OF_THE_PAGE)


def _file(request: Request, ending: str, media_type: str, write: Callable[[Settings, str, str], object]) -> Response:
    """It is saved, never shown as a page of ours."""
    settings, _ = settings_to_look(request)
    run = run_progress(settings, request.path_params["run"]).run
    name = f"{Path(sheet_name(run)).stem}.{ending}"
    if site_of(request).is_office:
        record_download(settings, run.id, ending)
    return file_answer(name, media_type, lambda path: write(settings, run.id, path))


ROUTES = [
    Route("/runs/{run}/results.xlsx", workbook),
    Route("/runs/{run}/results.csv", csv),
    Route("/runs/{run}/report.html", report),
    Route("/runs/{run}/attempts.jsonl", attempts),
]
