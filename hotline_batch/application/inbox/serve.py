"""A folder where people drop sheets -> a run for each, and every file in `done/` or `failed/` beside its result sheet.

A file stays where it is until its run has ended for good, so that after a crash it is found again there, and its run
in the ledger by path and fingerprint: it goes on, and nothing is sent anew.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from hotline_batch.application.inbox.archive import (
    Destination,
    explain,
    finish_moves,
    free_result_name,
    put_away,
    put_away_unread,
)
from hotline_batch.application.inbox.news import told_of_files
from hotline_batch.application.inbox.options import Fate, Served, WatchChoices, not_confirmed
from hotline_batch.application.inbox.settled_files import SettledFiles, Stamp
from hotline_batch.application.planning.plan_run import default_output, plan_run
from hotline_batch.application.planning.user_lookup import LookupsUnfinished
from hotline_batch.application.runs.concluding import write_and_summarise
from hotline_batch.application.runs.driving import run_to_the_end
from hotline_batch.application.runs.limits import drive_for
from hotline_batch.application.runs.start import Progress, connections_of_messages
from hotline_batch.application.service import connections_to_confirm
from hotline_batch.application.stopping import Stop
from hotline_batch.engine.clock import Clock, SystemClock
from hotline_batch.errors import HotlineBatchError, LedgerError, OutputError, SettingsError, SheetError, TemplateError
from hotline_batch.ledger.inbox_runs import destination_of, mark_as_of_inbox, run_of_file
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run, RunState
from hotline_batch.next_step import Advised, NextStep, Told, advised, step
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings

_log = logging.getLogger(__name__)
LOCK_NAME = ".hotline-batch.lock"
NOT_A_SHEET = "By its name it is no sheet (.csv, .tsv, .txt, .xlsx, .xlsm, .xls, .xlsb, .ods)."

# The service, the keys or the ledger are in the way, not the file: it stays in the inbox and its run goes on later.
# All other reasons for a stop need a person, since going on may cost more doubtful or failed rows.
_GOES_ON_LATER = frozenset(
    {
        "unreachable",
        "endpoint_missing",
        "rate_limited_too_long",
        "credentials_refused",
        "certificate_refused",
        "proxy_refused",
        "bot_check",
        "firewall_refused",
        "quota_used_up",
        "ledger_failed",
    }
)
_FIRST_WAIT_SECONDS = 60.0
_A_MOMENT_SECONDS = 0.01
_LONGEST_WAIT_SECONDS = 900.0


class Inbox:
    """Serves one folder; use ``serve_inbox``. One process at a time, held by a lock in the folder."""

    def __init__(
        self,
        folder: Path,
        choices: WatchChoices,
        settings: Settings,
        ledger: Ledger,
        *,
        on_served: Callable[[Served], None] = lambda _served: None,
        on_progress: Callable[[Progress], None] = lambda _progress: None,
        stop: Stop | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._folder = folder.resolve()
        self._choices = choices
        self._settings = settings
        self._ledger = ledger
        self._on_served = on_served
        self._on_progress = on_progress
        self._clock = clock or SystemClock()
        self._files = SettledFiles(self._folder, choices.settle_seconds)
        self.stop = stop or Stop()
        self._tries: dict[Path, tuple[float, float]] = {}
        self._told: dict[Path, Told] = {}

    def serve(self) -> int:
        """Serve the folder until a person or the machine asks to stop; with ``once``, what lies there now.

        The exit code: 130 after a stop, else the first that applies of 4, 3, 1, 0 over all files. Raises OutputError
        where the folder cannot be used or another process serves it.
        """
        codes = set[int]()
        with self._held():
            finish_moves(self._ledger, self._folder)
            while not self.stop.asked:
                codes.update(self._serve_settled())
                if self._choices.once and self._files.waiting == 0:
                    break
                once = self._choices.once
                self._wait(self._choices.settle_seconds + _A_MOMENT_SECONDS if once else self._choices.poll_seconds)
                if self._choices.once:
                    codes.update(self._serve_settled())
                    break
        return 130 if self.stop.asked else next((code for code in (4, 3, 1) if code in codes), 0)

    def _wait(self, seconds: float) -> None:
        if not self.stop.asked:
            self._clock.receive(self.stop, seconds)

    @contextmanager
    def _held(self) -> Iterator[None]:
        lock = FileLock(self._folder / LOCK_NAME, timeout=0)
        try:
            for destination in Destination:
                (self._folder / destination.value).mkdir(exist_ok=True)
            lock.acquire()
        except Timeout:
            raise OutputError(
                f"Another process serves {self._folder} already. Wait until it ends, or stop it."
            ) from None
        except (OSError, NotImplementedError) as error:
            said = getattr(error, "strerror", None) or "no file locks there"
            raise OutputError(f"{self._folder} cannot be served: {said}. Files are moved within it.") from None
        try:
            yield
        finally:
            lock.release()

    def _serve_settled(self) -> Sequence[int]:
        codes = []
        for path in self._settled():
            if self.stop.asked:
                break
            served = self._serve_file(path)
            codes.append(served.exit_code)
            self._note(path, served)
        return codes

    def _settled(self) -> Sequence[Path]:
        now = self._clock.monotonic()
        try:
            settled = self._files.look(now)
        except OSError as error:  # a network drive may be away for a while
            _log.warning("folder not readable", extra={"file": self._folder, "reason": error.strerror})
            self._tell(Served(self._folder, Fate.WAITS, f"The folder cannot be read: {error.strerror or error}."))
            return []
        for path in self._files.strangers:
            self._tell(Served(path, Fate.LEFT_ALONE, NOT_A_SHEET))
        return [path for path in settled if self._tries.get(path, (0.0, now))[1] <= now]

    def _note(self, path: Path, served: Served) -> None:
        if served.fate is Fate.WAITS:
            waited, _ = self._tries.get(path, (0.0, 0.0))
            wait = min(waited * 2, _LONGEST_WAIT_SECONDS) or _FIRST_WAIT_SECONDS
            self._tries[path] = (wait, self._clock.monotonic() + wait)
        else:
            self._tries.pop(path, None)
        self._tell(served, path)
        run = served.summary.run if served.summary else None
        _log.log(
            logging.INFO if served.fate is Fate.DONE else logging.WARNING,
            "file served",
            extra={"run": run, "file": path, "fate": served.fate, "exit_code": served.exit_code, "now_at": served.path},
        )

    def _tell(self, served: Served, path: Path | None = None) -> None:
        """Say it, but not the same of a file that stays where it is again and again."""
        key = path or served.path
        stays = served.fate in {Fate.WAITS, Fate.LEFT_ALONE}
        if stays and self._told.get(key) == served.reason:
            return
        self._told.pop(key, None)
        if stays:
            self._told[key] = served.reason
        self._on_served(served)

    # ── one file ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _serve_file(self, path: Path) -> Served:
        """Plan, run and put away one file. Whatever goes wrong with it is told; nothing is raised."""
        _log.info("file taken", extra={"file": path})
        try:
            return self._run_and_put_away(path)
        except (SheetError, TemplateError, OutputError) as error:
            return self._give_up(path, error.advised)
        except LookupsUnfinished as unfinished:
            interrupted = unfinished.summary.state is RunState.INTERRUPTED
            return Served(path, Fate.INTERRUPTED if interrupted else Fate.WAITS, str(unfinished))
        except (SettingsError, LedgerError) as error:
            return Served(path, Fate.WAITS, error.advised)
        except HotlineBatchError as error:
            return self._give_up(path, error.advised)
        except OSError as error:
            return Served(path, Fate.WAITS, f"{path.name} cannot be read or moved: {error.strerror or error}.")
        except Exception as error:  # noqa: BLE001 - one file's trouble never stops the next
            _log.exception("internal error", extra={"file": path})
            # Only the kind: the text of a foreign exception may hold a key or a customer's name.
            return self._give_up(path, f"The program met an error of its own ({type(error).__name__}).")

    def _give_up(self, path: Path, reason: Told) -> Served:
        try:
            return Served(put_away_unread(path, str(reason)), Fate.FAILED, reason)
        except OSError as error:
            return Served(path, Fate.WAITS, f"{path.name} cannot be moved: {error.strerror or error}. {reason}")

    def _run_and_put_away(self, path: Path) -> Served:
        stamp = Stamp.of(path)
        run = self._run_for(path)
        if self.stop.asked:
            return Served(path, Fate.INTERRUPTED, f"Run {run.id} is planned and goes on at the next start.")
        summary = self._drive(run)
        if summary.state is RunState.INTERRUPTED:
            return Served(path, Fate.INTERRUPTED, f"Run {run.id} goes on at the next start.", summary)
        if summary.result_problem:
            return Served(path, Fate.WAITS, summary.result_problem, summary)
        if summary.state is not RunState.FINISHED and summary.stop_code in _GOES_ON_LATER:
            reason = f"{summary.stop_reason} Run {run.id} goes on by itself."
            return Served(path, Fate.WAITS, reason, summary)
        is_finished = summary.state is RunState.FINISHED
        is_same = Stamp.of(path) == stamp
        fate = Fate.DONE if is_finished else Fate.FAILED
        destination = Destination.DONE if is_finished else Destination.FAILED
        sheet, result = put_away(
            self._ledger, self._ledger.run(run.id), path, Path(summary.result), destination, takes_sheet=is_same
        )
        need = None if is_finished else _needs_a_person(summary)
        if need:
            explain(sheet, str(need))
        note = "" if is_same else f"{path.name} was changed meanwhile, so it is served again as a new file."
        return Served(sheet, fate, _beside(note, need), replace(summary, result=str(result)))

    def _run_for(self, path: Path) -> Run:
        """The run of this file: the one that has to go on, or a new one."""
        with path.open("rb") as file:
            fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
        run = run_of_file(self._ledger, path, fingerprint, self._choices.request.kind)
        if run is None:
            output = free_result_name(Path(default_output(str(path), self._choices.request.result_format)))
            request = replace(self._choices.request, sheet=str(path), output=str(output), force=False)
            run = plan_run(request, self._settings, look_up=self._run).run
            mark_as_of_inbox(self._ledger, run)
        return run

    def _drive(self, run: Run) -> RunSummary:
        if run.state is RunState.FINISHED or destination_of(run):  # killed before the file was put away
            rate = drive_for(run, self._settings, Limits()).rate
            return write_and_summarise(self._ledger, run.id, run.output_path, rate)
        names = connections_of_messages(self._ledger, run)
        asking = connections_to_confirm(self._settings, names, self._choices.confirmed)
        if asking:
            raise not_confirmed(asking[0])
        return self._run(run.id)

    def _run(self, run_id: str) -> RunSummary:
        return run_to_the_end(
            self._ledger,
            run_id,
            self._settings,
            Limits(),
            stop=self.stop,
            on_progress=self._on_progress,
        )


def _beside(note: str, reason: Advised | None) -> Told:
    return advised(f"{note} {reason.text}".strip(), *reason.steps) if reason else note


def _needs_a_person(summary: RunSummary) -> Advised:
    said = f"Run {summary.run} was stopped: {summary.stop_reason} Look at it, then go on with:"
    return advised(said, step(NextStep.RESUME, run=summary.run))


def serve_inbox(
    folder: Path,
    choices: WatchChoices,
    settings: Settings,
    *,
    stop: Stop,
    on_served: Callable[[Served], None],
    on_progress: Callable[[Progress], None],
) -> int:
    """Serve a folder until ``stop`` is asked; with ``once``, what lies there now. The exit code of ``Inbox.serve``."""
    on_served = told_of_files(settings, on_served)
    with Ledger(settings.ledger) as ledger:
        inbox = Inbox(folder, choices, settings, ledger, on_served=on_served, on_progress=on_progress, stop=stop)
        return inbox.serve()
