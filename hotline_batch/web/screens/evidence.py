"""`/runs/ID/evidence`: Telegram's export of the group is dropped on an ended run; what it proves, and one button."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.evidence.settle import settle_by_evidence
from hotline_batch.application.evidence.verification import Verification, sentences
from hotline_batch.application.evidence.verify import hand_look_ups_over, verify_runs
from hotline_batch.application.office.acting import acting_person
from hotline_batch.application.runs.views.progress import run_progress
from hotline_batch.errors import ExportError
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.settings.practice import PRIVATE_SANDBOX
from hotline_batch.web.forms import BrokenForm, SeveralFiles, Taker, read_form, text_of, with_form
from hotline_batch.web.pages import about_run, page
from hotline_batch.web.site import settings_of
from hotline_batch.web.wording import rate_words

_ROWS_SHOWN: Final = 200
_KEPT_AT_MOST: Final = 8


@dataclass(slots=True)
class Findings:
    """What exports said while the page is served, each under a name that nobody guesses; the newest few of each person.

    What one person compares takes nothing of another's place.
    """

    _kept: dict[str, OrderedDict[str, Verification | None]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, found: Verification) -> str:
        """Keep one for whoever asks; its name."""
        name = secrets.token_urlsafe(16)
        with self._lock:
            own = self._kept.setdefault(acting_person().name, OrderedDict())
            own[name] = found
            while len(own) > _KEPT_AT_MOST:
                own.popitem(last=False)
        return name

    def of(self, name: str, run_id: str) -> Verification | None:
        """The one of that name, if whoever asks made it, it is of this run and still there."""
        with self._lock:
            found = self._own.get(name)
        return found if found is not None and run_id in found.runs else None

    def take(self, name: str, run_id: str) -> Verification | None:
        """The same, and keep no more of it than that it was taken: a second click finds nothing."""
        with self._lock:
            found = self._own.get(name)
            if found is None or run_id not in found.runs:
                return None
            self._own[name] = None
        return found

    def was_taken(self, name: str) -> bool:
        """Whether it is not there any more because it was taken."""
        with self._lock:
            return name in self._own and self._own[name] is None

    @property
    def _own(self) -> dict[str, Verification | None]:
        return self._kept.get(acting_person().name, OrderedDict())


async def compare(request: Request) -> Response:
    """The export comes in, and the run is compared with it. Nothing is changed."""
    run_id, name = request.path_params["run"], ""
    with TemporaryDirectory(prefix="hotline-batch-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "export"

        def taken(name_of_file: str) -> Taker:
            nonlocal name
            name = name_of_file
            return file

        try:
            with path.open("wb") as file:
                await read_form(request, taken)
            if not name:
                raise _no_file()
            found = await run_in_threadpool(verify_runs, settings_of(request), [run_id], path)
        except (BrokenForm, ExportError) as error:
            # In the program's own words the file has the name that the person gave it.
            refusal = str(_refusal(error)).replace(str(path), name or words("The file"))
            return await run_in_threadpool(_shown, request, run_id, name, refusal=refusal)
        return await run_in_threadpool(_shown, request, run_id, name, found)


def _refusal(error: BrokenForm | ExportError) -> ExportError:
    """Why no export was taken, in words."""
    match error:
        case ExportError():
            return error
        case SeveralFiles():
            return ExportError(words("Several files were chosen. Compare the run with one export at a time."))
        case _:
            return _no_file()


def _no_file() -> ExportError:
    return ExportError(words("No file was chosen, or it did not arrive whole. Choose the export, then try again."))


@with_form
def settle(request: Request, form: FormData) -> Response:
    """Settle what the export proved."""
    run_id, findings = request.path_params["run"], _findings(request)
    found = findings.of(text_of(form, "found"), run_id)
    if found is None:
        return _not_kept(request, run_id)
    if found.to_settle:
        settle_by_evidence(settings_of(request), run_id, found)
    return RedirectResponse(f"/runs/{run_id}", 303)


@with_form
def look(request: Request, form: FormData) -> Response:
    """Have the topics looked up that would decide more: a run like any other, that sends nothing."""
    run_id, findings, name = request.path_params["run"], _findings(request), text_of(form, "found")
    found = findings.take(name, run_id)
    if found is None and not findings.was_taken(name):
        return _not_kept(request, run_id)
    if found is None or not found.to_look_up:
        return RedirectResponse(f"/runs/{run_id}", 303)
    return RedirectResponse(f"/runs/{hand_look_ups_over(settings_of(request), found)}", 303)


def _not_kept(request: Request, run_id: str) -> Response:
    refusal = words("What the export said is not kept any more, so nothing was done. Choose the export once more.")
    return _shown(request, run_id, "", refusal=refusal, is_of_file=False)


def _findings(request: Request) -> Findings:
    found: Findings = request.app.state.findings
    return found


def _shown(
    request: Request,
    run_id: str,
    file_name: str,
    found: Verification | None = None,
    refusal: str = "",
    *,
    is_of_file: bool = True,
) -> Response:
    """What was found, or why nothing was: because of the file, or of what became of an earlier answer."""
    settings = settings_of(request)
    run = run_progress(settings, run_id).run
    lists = ((), (), ()) if found is None else (found.contradictions, found.to_settle, found.untold)
    contradictions, to_settle, untold = (each[:_ROWS_SHOWN] for each in lists)
    return page(
        request,
        "run_evidence.html.j2",
        400 if refusal else 200,
        **about_run(run),
        zone=settings.timezone,
        found=found,
        can_be_asked=run.endpoint != PRIVATE_SANDBOX,
        rate=rate_words(str(settings.rate_for(Kind.ENRICH, run.notes.connection))),
        name=_findings(request).keep(found) if found is not None else "",
        file_name=file_name,
        refusal=refusal,
        is_of_file=is_of_file,
        sentences=list(sentences(found)) if found is not None else [],
        contradictions=contradictions,
        to_settle=to_settle,
        untold=untold,
    )


ROUTES = [
    Route("/runs/{run}/evidence", compare, methods=["POST"]),
    Route("/runs/{run}/evidence/settle", settle, methods=["POST"]),
    Route("/runs/{run}/evidence/look", look, methods=["POST"]),
]
