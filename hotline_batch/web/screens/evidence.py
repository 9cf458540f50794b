"""`/runs/ID/evidence`: Telegram's export of the group is dropped on an ended run; what it proves, and one button."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
from collections import OrderedDict
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.evidence.settle import settle_by_evidence
from hotline_batch.application.evidence.verification import Verification, sentences
from hotline_batch.application.evidence.verify import hand_look_ups_over, verify_runs
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
    """What exports said while the page is served, each under a name that nobody guesses; the newest few."""

    _found: OrderedDict[str, Verification] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, found: Verification) -> str:
        """Keep one; its name."""
        name = secrets.token_urlsafe(16)
        with self._lock:
            self._found[name] = found
            while len(self._found) > _KEPT_AT_MOST:
                self._found.popitem(last=False)
        return name

    def of(self, name: str, run_id: str) -> Verification | None:
        """The one of that name, if it is of this run and still there."""
        with self._lock:
            found = self._found.get(name)
        return found if found is not None and run_id in found.runs else None

    def take(self, name: str, run_id: str) -> Verification | None:
        """The same, and keep it no longer: a second click finds nothing."""
        found = self.of(name, run_id)
        with self._lock:
            return self._found.pop(name, None) if found is not None else None


class _Upload:
    """Takes the file of a form, into a folder that is gone afterwards."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="hotline-batch-"))
        self._file: BinaryIO | None = None
        self.name = ""

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self._folder / "export"

    def takes(self, name: str) -> Taker:
        """Who takes the bytes of a file of that name."""
        self.name = name
        self._file = self.path.open("wb")
        return self

    def write(self, data: bytes) -> None:
        """Take some more."""
        if self._file is not None:
            self._file.write(data)

    def finish(self) -> None:
        """All has come."""
        if self._file is not None:
            self._file.close()

    def close(self) -> None:
        """Forget it."""
        self.finish()
        shutil.rmtree(self._folder, ignore_errors=True)


async def compare(request: Request) -> Response:
    """The export comes in, and the run is compared with it. Nothing is changed."""
    run_id = request.path_params["run"]
    with closing(_Upload()) as upload:
        try:
            await read_form(request, upload.takes)
            upload.finish()
            if not upload.name:
                raise _no_file()
            found = await run_in_threadpool(verify_runs, settings_of(request), [run_id], upload.path)
        except (BrokenForm, ExportError) as error:
            refusal = _refusal(error)
            return await run_in_threadpool(_shown, request, run_id, None, refusal, upload)
        return await run_in_threadpool(_shown, request, run_id, found, None, upload)


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
    if found is not None and found.to_settle:
        settle_by_evidence(settings_of(request), run_id, found)
    return RedirectResponse(f"/runs/{run_id}", 303)


@with_form
def look(request: Request, form: FormData) -> Response:
    """Have the topics looked up that would decide more: a run like any other, that sends nothing."""
    run_id, findings = request.path_params["run"], _findings(request)
    found = findings.take(text_of(form, "found"), run_id)
    if found is None or not found.to_look_up:
        return RedirectResponse(f"/runs/{run_id}", 303)
    return RedirectResponse(f"/runs/{hand_look_ups_over(settings_of(request), found)}", 303)


def _findings(request: Request) -> Findings:
    found: Findings = request.app.state.findings
    return found


def _shown(
    request: Request, run_id: str, found: Verification | None, refusal: ExportError | None, upload: _Upload
) -> Response:
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
        file_name=upload.name,
        # In the program's own words the file has the name that the person gave it.
        refusal=str(refusal).replace(str(upload.path), upload.name or words("The file")) if refusal else "",
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
