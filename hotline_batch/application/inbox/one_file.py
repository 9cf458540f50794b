"""One file of a watched folder -> taken, served to its end, or left where it is with the reason.

A file stays where it is until its run has ended for good. Whoever dies in the middle leaves the file there, and its run
in the ledger: the next watcher, here or on another machine, goes on where that was, and nothing is sent anew.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from hotline_batch.application.inbox.archive import put_away_unread
from hotline_batch.application.inbox.file_run import FileRun
from hotline_batch.application.inbox.folder import Folder
from hotline_batch.application.inbox.options import Fate, Served
from hotline_batch.application.inbox.reasons import not_movable, not_readable, own_error
from hotline_batch.application.inbox.settled_files import Stamp
from hotline_batch.application.planning.user_lookup import LookupsUnfinished
from hotline_batch.application.runs.by_itself import passes_by_itself
from hotline_batch.application.runs.new_run import new_run_id
from hotline_batch.errors import HotlineBatchError, LedgerError, RunInProgress, SettingsError, TakenOver
from hotline_batch.ledger.inbox import (
    FolderBusy,
    InboxFile,
    TakenFile,
    adopt,
    check_still_mine,
    forget_file,
    give_back,
    kept,
    run_of_file,
    take_file,
)
from hotline_batch.ledger.lanes.workers import Worker
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import Run
from hotline_batch.next_step import Told
from hotline_batch.sheets.snapshot import fingerprint_of

_log = logging.getLogger(__name__)


class OneFile:
    """Serves single files of a folder that are to be done as a ``kind`` of run, one at a time, as ``me``."""

    def __init__(self, folder: Folder, kind: Kind, ledger: Ledger, me: Worker, runs: FileRun) -> None:
        self._folder = folder
        self._kind = kind
        self._ledger = ledger
        self._me = me
        self._runs = runs

    def serve(self, path: Path, *, was_awaited: bool) -> Served | FolderBusy | None:
        """What became of a file; None where it is another watcher's by now, which tells of it.

        ``was_awaited``: it was told already that its run waits. Whatever goes wrong with the file is told;
        nothing is raised.
        """
        try:
            taken = self._take(path)
        except (FileNotFoundError, TakenOver):  # another watcher has put it away, or a person
            return None
        except LedgerError as error:
            return Served(path, Fate.WAITS, error.advised)
        except OSError as error:
            return Served(path, Fate.WAITS, not_readable(path, error))
        if not isinstance(taken, TakenFile):
            return taken
        _log.info("file taken", extra={"file": path, "run": taken.run_id})
        with kept(self._ledger, taken):
            begun = self._begin(path, taken)
            return self._go_on(path, taken, begun, was_awaited=was_awaited) if isinstance(begun, Run) else begun

    def _take(self, path: Path) -> TakenFile | FolderBusy | None:
        """The file, this watcher's from now on; None where it was gone, or another one, when it could be taken."""
        stamp = Stamp.of(path)
        file = InboxFile(self._folder.id, path.name, fingerprint_of(path), self._kind)
        taken = take_file(self._ledger, file, self._me, new_run_id(time.time()))
        if not isinstance(taken, TakenFile):
            return taken
        if Stamp.of(path) != stamp:
            give_back(self._ledger, taken)
            return None
        known = run_of_file(self._ledger, path, file.fingerprint, file.kind) if taken.is_new else None
        return adopt(self._ledger, taken, known.id) if known else taken

    def _begin(self, path: Path, taken: TakenFile) -> Run | Served | None:
        """The run of the file; else what became of the file, which no run can be made of, or not now."""
        try:
            return self._runs.begun(path, taken)
        except (TakenOver, RunInProgress) as error:
            _log_loss(path, taken, error)
            return None
        except LookupsUnfinished as unfinished:
            return self._stopped_before(path, taken, unfinished)
        except (SettingsError, LedgerError) as error:
            return Served(path, Fate.WAITS, error.advised)
        except HotlineBatchError as error:
            return self._give_up(path, taken, error.advised)
        except OSError as error:
            return Served(path, Fate.WAITS, not_readable(path, error))
        except Exception as error:  # noqa: BLE001 - one file's trouble never stops the next
            return self._give_up(path, taken, own_error(path, error))

    def _stopped_before(self, path: Path, taken: TakenFile, unfinished: LookupsUnfinished) -> Served | None:
        """What becomes of a file whose look-ups ended early: the same as where its run does."""
        if passes_by_itself(unfinished.summary):
            return Served(path, Fate.WAITS, unfinished.advised)
        if self._runs.is_stopping:
            return Served(path, Fate.INTERRUPTED, unfinished.advised)
        return self._give_up(path, taken, unfinished.advised)

    def _go_on(self, path: Path, taken: TakenFile, run: Run, *, was_awaited: bool) -> Served | None:
        """What became of a file that has a run, with which it stays whatever happens."""
        try:
            return self._runs.put_away_when_ended(path, taken, run, was_awaited=was_awaited)
        except (TakenOver, RunInProgress) as error:
            _log_loss(path, taken, error)
            return None
        except HotlineBatchError as error:
            return Served(path, Fate.WAITS, error.advised)
        except OSError as error:
            return Served(path, Fate.WAITS, not_readable(path, error))
        except Exception as error:  # noqa: BLE001 - one file's trouble never stops the next
            return Served(path, Fate.WAITS, own_error(path, error))

    def _give_up(self, path: Path, taken: TakenFile, reason: Told) -> Served | None:
        """Move a file that no run can be made of."""
        try:
            check_still_mine(self._ledger, taken)
            place = put_away_unread(path, str(reason))
            forget_file(self._ledger, taken)
        except TakenOver:
            return None
        except LedgerError as error:
            return Served(path, Fate.WAITS, error.advised)
        except OSError as error:
            return Served(path, Fate.WAITS, not_movable(path, error, reason))
        return Served(place, Fate.FAILED, reason)


def _log_loss(path: Path, taken: TakenFile, error: LedgerError) -> None:
    _log.warning("file left", extra={"file": path, "run": taken.run_id, "reason": str(error)})
