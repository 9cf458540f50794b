"""A folder where people drop sheets -> a run for each, and every file in `done/` or `failed/` beside its result sheet.

Several watchers may serve one folder, on one machine or on several that share a ledger: they take its files in turns,
one at a time, and replace each other. The ledger decides who has which file.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hotline_batch.application.inbox.archive import Destination, finish_move, finish_moves
from hotline_batch.application.inbox.file_run import FileRun
from hotline_batch.application.inbox.folder import Folder, open_folder
from hotline_batch.application.inbox.following import Following, StartWorker
from hotline_batch.application.inbox.one_file import OneFile
from hotline_batch.application.inbox.options import Fate, Served, WatchChoices
from hotline_batch.application.inbox.results_of_others import ResultsOfOthers
from hotline_batch.application.inbox.settled_files import SettledFiles
from hotline_batch.application.notify.telling import tell_of_file
from hotline_batch.application.runs.driving import Watcher, run_to_the_end
from hotline_batch.application.runs.workers.worker_process import start_worker
from hotline_batch.application.stopping import Stop
from hotline_batch.engine.clock import Clock, SystemClock
from hotline_batch.errors import LedgerError, NoSuchRun
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import marked, words
from hotline_batch.ledger.inbox import FolderBusy, TakenFile, files_left, forget_file, take_file
from hotline_batch.ledger.lanes.workers import Worker, at_work
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.ledger_id import ledger_id
from hotline_batch.model.jobs import Kind
from hotline_batch.model.progress import OnProgress, RunSummary
from hotline_batch.next_step import Told
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import practises

_log = logging.getLogger(__name__)

SEEMS_OPEN = marked(
    "It seems to be open: the file {lock} lies beside it. Close it there; if nobody has it open, delete that file."
)
IS_A_LINK = marked("It is only a link to a sheet that lies elsewhere. Copy the sheet itself into the folder.")
NOT_A_SHEET = marked("By its name it is no sheet (.csv, .tsv, .txt, .xlsx, .xlsm, .xls, .xlsb, .ods).")
NAMED_LIKE_A_RESULT = marked(
    "It is named like a result sheet, which is not served. To have it served, give it a name without '.results'."
)

_FIRST_WAIT_SECONDS = 60.0
_A_MOMENT_SECONDS = 0.01
_LONGEST_WAIT_SECONDS = 900.0
_INTERRUPTED, _STOPPED = 130, 4


class Inbox:
    """Serves one folder; use ``serve_inbox``."""

    def __init__(
        self,
        folder: Path,
        choices: WatchChoices,
        settings: Settings,
        ledger: Ledger,
        *,
        on_served: Callable[[Served], None] = lambda _served: None,
        on_progress: OnProgress = lambda _progress: None,
        stop: Stop | None = None,
        clock: Clock | None = None,
        start_worker: StartWorker = start_worker,
    ) -> None:
        self._place = folder.resolve()
        self._choices = choices
        self._settings = settings
        self._ledger = ledger
        self._on_served = on_served
        self._on_progress = on_progress
        self._clock = clock or SystemClock()
        self._files = SettledFiles(self._place, choices.settle_seconds)
        self._results_of_others = ResultsOfOthers(ledger)
        self.stop = stop or Stop()
        self._following = Following(ledger, settings, start_worker, on_progress, self.stop, self._clock)
        self._tries: dict[Path, tuple[float, float]] = {}
        self._told: dict[Path, Told] = {}
        self._awaited: set[Path] = set()

    def serve(self) -> int:
        """Serve the folder until a person or the machine asks to stop; with ``once``, what lies there now.

        The exit code: 130 after a stop, else the first that applies of 4, 3, 1, 0 over all files. Raises OutputError
        where the folder cannot be used.
        """
        codes = set[int]()
        subfolders = tuple(destination.value for destination in Destination)
        folder = open_folder(self._place, subfolders, ledger_id(self._ledger) if self._sends_for_real else None)
        with self._server(folder) as (me, server):
            finish_moves(self._ledger, folder.path)
            while not self.stop.asked:
                self._finish_left(folder, me)
                codes.update(self._serve_settled(server))
                if self._choices.once and self._files.waiting == 0:
                    break
                once = self._choices.once
                self._wait(self._choices.settle_seconds + _A_MOMENT_SECONDS if once else self._choices.poll_seconds)
                if self._choices.once:
                    codes.update(self._serve_settled(server))
                    break
            if self.stop.asked:
                self._following.leave_all()
        if self.stop.asked:
            return _INTERRUPTED
        # Whoever interrupted the run of a file did not interrupt the serving: that file's run was stopped.
        codes = {_STOPPED if code == _INTERRUPTED else code for code in codes}
        return next((code for code in (_STOPPED, 3, 1) if code in codes), 0)

    @property
    def _sends_for_real(self) -> bool:
        request = self._choices.request
        return request.kind is Kind.SEND and not practises(self._settings, sandbox=request.options.sandbox)

    @contextmanager
    def _server(self, folder: Folder) -> Iterator[tuple[Worker, OneFile]]:
        runs = FileRun(
            folder,
            self._choices,
            self._settings,
            self._ledger,
            following=self._following,
            look_up=self._look_up,
            stop=self.stop,
        )
        with at_work() as me:
            yield me, OneFile(folder, self._choices.request.kind, self._ledger, me, runs)

    def _look_up(self, run_id: str) -> RunSummary:
        """Look up the users of topics, which planning waits for."""
        watcher = Watcher(self._on_progress, self.stop)
        return run_to_the_end(self._ledger, run_id, self._settings, Limits(), watcher)

    def _wait(self, seconds: float) -> None:
        if not self.stop.asked:
            self._clock.receive(self.stop, seconds)

    def _serve_settled(self, server: OneFile) -> Sequence[int]:
        codes = []
        for path in self._settled():
            if self.stop.asked:
                break
            served = server.serve(path, was_awaited=path in self._awaited)
            if isinstance(served, FolderBusy):
                _log.info("folder busy", extra={"file": path, "by": served.watcher.process, "at": served.watcher.where})
                break
            if served is not None:
                codes.append(served.exit_code)
                self._note(path, served)
        return codes

    def _finish_left(self, folder: Folder, me: Worker) -> None:
        """Move what a watcher that died had begun to move, and forget its file."""
        try:
            for file, run_id in files_left(self._ledger, folder.id, me):
                if not os.path.lexists(folder.path / file.name) and self._is_leaving(run_id):
                    taken = take_file(self._ledger, file, me, run_id)
                    if isinstance(taken, TakenFile):
                        finish_move(self._ledger, self._ledger.run(run_id), folder.path)
                        forget_file(self._ledger, taken)
        except LedgerError as error:
            _log.warning("nothing finished", extra={"file": folder.path, "reason": str(error)})

    def _is_leaving(self, run_id: str) -> bool:
        try:
            inbox = self._ledger.run(run_id).notes.inbox
        except NoSuchRun:
            return False
        return inbox is not None and (inbox.is_put_away or bool(inbox.sheet))

    def _settled(self) -> Sequence[Path]:
        now = self._clock.monotonic()
        try:
            settled = self._files.look(now)
        except OSError as error:  # a network drive may be away for a while
            _log.warning("folder not readable", extra={"file": self._place, "reason": error.strerror})
            self._tell(
                Served(
                    self._place,
                    Fate.WAITS,
                    words("The folder cannot be read: {why}.", why=reason_of(error)),
                )
            )
            return []
        for path in self._files.strangers:
            self._tell(Served(path, Fate.LEFT_ALONE, words(NOT_A_SHEET)))
        for path in self._files.links:
            self._tell(Served(path, Fate.LEFT_ALONE, words(IS_A_LINK)))
        for path in self._results_of_others.among(self._files.named_like_results):
            self._tell(Served(path, Fate.LEFT_ALONE, words(NAMED_LIKE_A_RESULT)))
        for path, lock in self._files.opened.items():
            self._tell(Served(path, Fate.WAITS, words(SEEMS_OPEN, lock=lock)))
        return [path for path in settled if self._tries.get(path, (0.0, now))[1] <= now]

    def _note(self, path: Path, served: Served) -> None:
        self._awaited.discard(path)
        if served.is_awaited:
            self._awaited.add(path)
        elif served.fate is Fate.WAITS:
            waited, _ = self._tries.get(path, (0.0, 0.0))
            wait = min(waited * 2, _LONGEST_WAIT_SECONDS) or _FIRST_WAIT_SECONDS
            self._tries[path] = (wait, self._clock.monotonic() + wait)
        else:
            self._tries.pop(path, None)
        if not self._tell(served, path):
            return
        run = served.summary.run if served.summary else None
        _log.log(
            logging.INFO if served.fate is Fate.DONE else logging.WARNING,
            "file served",
            extra={"run": run, "file": path, "fate": served.fate, "exit_code": served.exit_code, "now_at": served.path},
        )

    def _tell(self, served: Served, path: Path | None = None) -> bool:
        """Say it, but not the same of a file that stays where it is again and again; whether it was said."""
        key = path or served.path
        stays = served.fate in {Fate.WAITS, Fate.LEFT_ALONE}
        if stays and self._told.get(key) == served.reason:
            return False
        self._told.pop(key, None)
        if stays:
            self._told[key] = served.reason
        self._on_served(served)
        return True


def serve_inbox(
    folder: Path,
    choices: WatchChoices,
    settings: Settings,
    *,
    stop: Stop,
    on_served: Callable[[Served], None],
    on_progress: OnProgress,
) -> int:
    """Serve a folder until ``stop`` is asked; with ``once``, what lies there now. The exit code of ``Inbox.serve``."""

    def told(served: Served) -> None:
        if served.fate is Fate.FAILED and served.summary is None:  # what becomes of runs is told where they end
            tell_of_file(settings, served.path, served.reason)
        on_served(served)

    with Ledger(settings.ledger) as ledger:
        inbox = Inbox(folder, choices, settings, ledger, on_served=told, on_progress=on_progress, stop=stop)
        return inbox.serve()
