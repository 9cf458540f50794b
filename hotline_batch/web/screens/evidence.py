"""`/runs/ID/evidence`: Telegram's own export of the group tells which messages in doubt arrived."""

from __future__ import annotations

import secrets
import tempfile
from collections import OrderedDict
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hotline_batch.application.evidence.settle import settle_by_evidence
from hotline_batch.application.evidence.verification import Verification
from hotline_batch.application.evidence.verify import verify_runs
from hotline_batch.application.runs.listing import sheet_name
from hotline_batch.application.runs.progress import run_progress
from hotline_batch.errors import HotlineBatchError, LedgerError, RunInProgress
from hotline_batch.next_step import Advised, NextStep, advised, step
from hotline_batch.settings.practice import is_practice
from hotline_batch.web.pages import page
from hotline_batch.web.settings_of import settings_of
from hotline_batch.web.sheets.incoming_form import BrokenForm, Taker, read_form

_FILE: Final = "result.json"
_MOST_KEPT = 3
_BROKEN = advised("The file did not arrive whole. Upload it once more.")
_NO_FILE = advised("No file was chosen.", step(NextStep.EXPORT_GROUP))


@dataclass(slots=True)
class Verified:
    """What exports said of runs, until a person agrees to it; the last few alone."""

    kept: OrderedDict[str, Verification] = field(default_factory=OrderedDict)
    turn: Lock = field(default_factory=Lock)

    def keep(self, found: Verification) -> str:
        """Keep it; under which name it is taken out again."""
        name = secrets.token_urlsafe(16)
        with self.turn:
            self.kept[name] = found
            while len(self.kept) > _MOST_KEPT:
                self.kept.popitem(last=False)
        return name

    def take(self, name: str) -> Verification | None:
        """Take it out; None where it is not there any more."""
        with self.turn:
            return self.kept.pop(name, None)


class _File:
    """Takes the bytes of the export, whatever it is called."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, data: bytes) -> None:
        """Take some more."""
        self._file.write(data)

    def close(self) -> None:
        """All has come."""
        self._file.close()


async def upload(request: Request) -> Response:
    """What the export says of each row in doubt; nothing is changed yet."""
    settings, run_id = settings_of(request), request.path_params["run"]
    run = (await run_in_threadpool(run_progress, settings, run_id)).run
    about = {"run": run, "sheet": sheet_name(run), "is_practice": is_practice(run)}
    with tempfile.TemporaryDirectory(prefix="hotline-batch-") as folder:
        path = Path(folder) / _FILE
        try:
            has_come = await _taken(request, path)
            if not has_come:
                return page(request, "run_evidence.html.j2", 422, found=None, refused=_NO_FILE, **about)
            found = await run_in_threadpool(verify_runs, settings, [run_id], path)
        except BrokenForm:
            return page(request, "run_evidence.html.j2", 422, found=None, refused=_BROKEN, **about)
        except HotlineBatchError as error:
            told = Advised(error.problem.replace(str(path), "The file"), error.steps)
            return page(request, "run_evidence.html.j2", 422, found=None, refused=told, **about)
    name = _verified(request).keep(found)
    return page(request, "run_evidence.html.j2", found=found, refused=None, name=name, zone=settings.timezone, **about)


async def settle(request: Request) -> Response:
    """Settle what the export is sure of; what changed since stays as it is."""
    settings, run_id = settings_of(request), request.path_params["run"]
    async with request.form() as form:
        found = _verified(request).take(str(form.get("name")))
    if found is not None and run_id in found.runs:
        with suppress(LedgerError, RunInProgress):  # settled meanwhile, by whomever: the page shows how it stands
            await run_in_threadpool(settle_by_evidence, settings, run_id, found)
    return RedirectResponse(f"/runs/{run_id}", 303)


async def _taken(request: Request, path: Path) -> bool:
    """Write the file that comes to a path; whether one came."""
    with ExitStack() as stack:
        files: list[_File] = []

        def takes(_name: str) -> Taker:
            if not files:
                files.append(_File(path))
                stack.callback(files[0].close)
            return files[0]

        await read_form(request, takes)
    return bool(files)


def _verified(request: Request) -> Verified:
    found: Verified = request.app.state.verified
    return found


ROUTES = [
    Route("/runs/{run}/evidence", upload, methods=["POST"]),
    Route("/runs/{run}/evidence/settle", settle, methods=["POST"]),
]
