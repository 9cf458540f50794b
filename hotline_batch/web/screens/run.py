"""`/runs/ID`: one run, while it goes on and afterwards; the part of its page that changes; its files."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from hotline_batch.application.exports.audit import record_download, write_audit
from hotline_batch.application.exports.report import write_report
from hotline_batch.application.exports.results import write_results_again
from hotline_batch.application.runs.checks import words_about_pruning
from hotline_batch.application.runs.views.listing import sheet_name
from hotline_batch.application.runs.views.outcome import run_outcome
from hotline_batch.application.runs.views.progress import RunProgress, run_progress
from hotline_batch.application.runs.views.rows import RowsPage, last_words, rows_of_run
from hotline_batch.application.runs.views.told import told_of_run
from hotline_batch.errors import RunInProgress
from hotline_batch.issues.words import RECORDS, meaning_of
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import RunState
from hotline_batch.results.report.run_section import Face
from hotline_batch.results.verdict import stop_words, verdict_of
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX
from hotline_batch.web.next_steps import advice_on_page, page_step
from hotline_batch.web.pages import WORKBOOK, about_run, file_answer, page, rendered
from hotline_batch.web.screens.run_actions import IS_SENT_AGAIN, approval_told, figures_of, rows_to_go
from hotline_batch.web.site import settings_to_look, site_of
from hotline_batch.web.wording import done_and_wanted, heading, progress_lines, rate_words, status_words

_NOT_STARTED = (RunState.PLANNING, RunState.PLANNED)
_ROWS_IN_DOUBT_SHOWN = 25
# As they stand in the bar: what is done first, what is to go last.
_ORDER = (
    Status.SENT,
    Status.ENRICHED,
    Status.UNKNOWN,
    Status.FAILED,
    Status.INVALID,
    Status.SKIPPED,
    Status.NOT_ATTEMPTED,
)


class WhyUnsaid(StrEnum):
    """Why nothing was kept of what somebody said about rows in doubt."""

    NO_ROWS = "no_rows"
    NO_WORD = "no_word"
    TRIED_SINCE = "tried_since"
    """Whoever looked, looked at an earlier try."""
    SETTLED_OTHERWISE = "settled_otherwise"
    """These rows are in doubt no more, and are not what was said of them."""
    FIGURES_CHANGED = "figures_changed"
    """More or fewer rows would go by now than the button said."""


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What somebody ticked and noted of rows in doubt, and why nothing of it was kept of these rows; or why a button
    did nothing.
    """

    why: WhyUnsaid
    rows: Collection[int]
    note: str


def run(request: Request) -> Response:
    """The page of a run."""
    return run_page(request)


def run_page(request: Request, unsaid: Unsaid | None = None) -> Response:
    """The page of a run; what was ``unsaid`` of its rows in doubt stands in their form again.

    Raises RunInProgress where nothing can be said of them now, since somebody works on the run.
    """
    settings, trouble = settings_to_look(request)
    progress = run_progress(settings, request.path_params["run"])
    if progress.is_going_on and unsaid is not None:
        raise RunInProgress(words("Run {run} goes on at this moment.", run=progress.run.id))
    told = _told(progress, settings) | {"trouble": trouble, "news": told_of_run(settings, progress.run.id)}
    if progress.is_going_on:
        return page(request, "run_going_on.html.j2", **told)
    told |= _outcome(settings, progress) | approval_told(settings, progress.run.id)
    is_incomplete = unsaid is not None and unsaid.why in (WhyUnsaid.NO_ROWS, WhyUnsaid.NO_WORD)
    return page(request, "run_ended.html.j2", 400 if is_incomplete else 200, **told, unsaid=unsaid)


def progress_part(request: Request) -> Response:
    """The part that is fetched anew while a run goes on."""
    settings, _ = settings_to_look(request)
    progress = run_progress(settings, request.path_params["run"])
    return HTMLResponse(rendered(request, "run_progress.html.j2", _told(progress, settings)))


def _told(progress: RunProgress, settings: Settings) -> dict[str, Any]:
    """What both pages and the part of one need."""
    done, wanted = done_and_wanted(progress)
    return {
        "progress": progress,
        "counts": sorted(progress.counts.items(), key=lambda found: _ORDER.index(found[0])),
        **about_run(progress.run),
        "heading": heading(progress),
        "lines": list(progress_lines(progress, settings.timezone)),
        "share": f"{done / wanted:.0%}" if wanted else "",
        "status_words": status_words(),
        "is_send": progress.run.kind is Kind.SEND,
        "rate": rate_words(progress.rate),
        "zone": settings.timezone,
    }


def _outcome(settings: Settings, progress: RunProgress) -> dict[str, Any]:
    """What is told of a run that nobody works on."""
    summary = run_outcome(settings, progress.run.id)
    in_doubt = summary.counts.get(Status.UNKNOWN, 0) - summary.codes.get(IS_SENT_AGAIN, 0)
    pruned = words_about_pruning(progress.run)
    return {
        "summary": summary,
        "why_stopped": stop_words(summary.stop_code, summary.stop_reason),
        "verdict": verdict_of(summary).words,
        "can_be_compared": _can_be_compared(progress) and not pruned,
        "has_not_started": summary.state in _NOT_STARTED,
        "in_doubt": in_doubt,
        "doubts": _doubts(settings, summary.run) if in_doubt else None,
        "to_go": rows_to_go(summary),
        "figures": figures_of(summary),
        "failed": summary.counts.get(Status.FAILED, 0),
        "can_be_corrected": summary.kind is Kind.SEND
        and not pruned
        and bool(summary.counts.get(Status.SENT, 0) + summary.counts.get(Status.UNKNOWN, 0)),
        "invalid": summary.counts.get(Status.INVALID, 0),
        "earlier": summary.codes.get("possibly_sent", 0),
        "reasons": _reasons(summary),
        "said": last_words(settings, summary.run),
        "pruned": pruned,
    }


def _can_be_compared(progress: RunProgress) -> bool:
    """Whether Telegram can tell of it: something was posted, or may have been, and not in a practice of its own."""
    attempted = sum(progress.counts.get(status, 0) for status in (Status.SENT, Status.FAILED, Status.UNKNOWN))
    return attempted > 0 and progress.run.kind is Kind.SEND and progress.run.endpoint != PRIVATE_SANDBOX


def _doubts(settings: Settings, run_id: str) -> RowsPage:
    """The first rows that a person is asked about: of those that are to be sent again, somebody has said so already."""
    return rows_of_run(settings, run_id, Status.UNKNOWN, but=IS_SENT_AGAIN, most=_ROWS_IN_DOUBT_SHOWN)


def _reasons(summary: RunSummary) -> list[dict[str, Any]]:
    return [
        {
            "code": code,
            "count": count,
            "rows": summary.row_numbers.get(code, ()),
            "meaning": meaning_of(code) or code,
            "advice": advice_on_page(code),
            "is_known": code in RECORDS,
        }
        for code, count in summary.codes.items()
    ]


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
    Route("/runs/{run}", run),
    Route("/runs/{run}/progress", progress_part),
    Route("/runs/{run}/results.xlsx", workbook),
    Route("/runs/{run}/results.csv", csv),
    Route("/runs/{run}/report.html", report),
    Route("/runs/{run}/attempts.jsonl", attempts),
]
