"""What can be downloaded of a run: its result sheet as a workbook or CSV, the report, every attempt."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from hotline_batch.application.exports.audit import write_audit
from hotline_batch.application.exports.report import write_report
from hotline_batch.application.exports.results import write_results_again
from hotline_batch.application.runs.listing import sheet_name
from hotline_batch.application.runs.progress import run_progress
from hotline_batch.settings.model import Settings
from hotline_batch.web.settings_of import settings_to_look

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(request: Request) -> Response:
    """The result sheet with its worksheets."""
    return _file(request, "results.xlsx", _WORKBOOK, write_results_again)


def csv(request: Request) -> Response:
    """The result sheet as CSV."""
    return _file(request, "results.csv", "text/csv; charset=utf-8", write_results_again)


def report(request: Request) -> Response:
    """The report, which needs no network and may be passed on."""
    return _file(
        request,
        "report.html",
        "text/html; charset=utf-8",
        lambda settings, run, path: write_report(settings, [run], path),
    )


def attempts(request: Request) -> Response:
    """Every attempt, one JSON object a line."""
    return _file(request, "attempts.jsonl", "application/jsonl; charset=utf-8", write_audit)


def _file(request: Request, ending: str, media_type: str, write: Callable[[Settings, str, str], object]) -> Response:
    """A file that is written for this request and gone afterwards; it is saved, never shown as a page of ours."""
    settings, _ = settings_to_look(request)
    run = run_progress(settings, request.path_params["run"]).run
    folder = Path(tempfile.mkdtemp(prefix="hotline-batch-"))
    try:
        path = folder / ending
        write(settings, run.id, str(path))
        name = f"{Path(sheet_name(run)).stem}.{ending}"
        return FileResponse(
            path, media_type=media_type, filename=name, background=BackgroundTask(shutil.rmtree, folder, True)
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


ROUTES = [
    Route("/runs/{run}/results.xlsx", workbook),
    Route("/runs/{run}/results.csv", csv),
    Route("/runs/{run}/report.html", report),
    Route("/runs/{run}/attempts.jsonl", attempts),
]
