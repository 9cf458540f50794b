"""The run of a watched folder's file -> planned, handed over, followed to its end, put away beside its result."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hotline_batch.application.cluster.entry import is_served
from hotline_batch.application.connections import check_confirmed, rate_to_tell
from hotline_batch.application.inbox.archive import (
    Destination,
    explain,
    free_result_name,
    put_away,
    take_back_result,
)
from hotline_batch.application.inbox.folder import Folder
from hotline_batch.application.inbox.following import PATIENCE_SECONDS, Followed, Following
from hotline_batch.application.inbox.options import Fate, Served, WatchChoices
from hotline_batch.application.inbox.reasons import (
    beside,
    needs_a_person,
    waits_for_the_pause,
    waits_for_the_service,
    was_forgotten,
)
from hotline_batch.application.inbox.settled_files import Stamp
from hotline_batch.application.office.approvals import tell_if_open
from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.request import default_output
from hotline_batch.application.runs.by_itself import check_not_ended_since, goes_on_later
from hotline_batch.application.runs.concluding import write_and_summarise
from hotline_batch.application.runs.limits import paused_until
from hotline_batch.application.runs.start import connections_of_messages, forget_plan
from hotline_batch.application.runs.views.progress import progress_of
from hotline_batch.application.runs.workers.detached import hand_over
from hotline_batch.application.stopping import Stop
from hotline_batch.errors import (
    ApprovalNeeded,
    NoSuchRun,
    TakenOver,
)
from hotline_batch.language.words import words
from hotline_batch.ledger.inbox import (
    TakenFile,
    begin,
    check_still_mine,
    destination_of,
    forget_file,
)
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.approvals import Decision, approval_of
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run, RunState
from hotline_batch.next_step import Advised
from hotline_batch.settings.model import Settings

_SHORT_PAUSE_SECONDS = 60.0
"""What is left of a pause, if it is no longer, is waited for by whoever sends."""


class FileRun:
    """The runs of taken files, one at a time."""

    def __init__(
        self,
        folder: Folder,
        choices: WatchChoices,
        settings: Settings,
        ledger: Ledger,
        *,
        following: Following,
        look_up: Callable[[str], RunSummary],
        stop: Stop,
    ) -> None:
        self._folder = folder
        self._choices = choices
        self._settings = settings
        self._ledger = ledger
        self._following = following
        self._look_up = look_up
        self._stop = stop

    @property
    def is_stopping(self) -> bool:
        """Whether the serving of the folder is to end, so that what ended early goes on at the next start."""
        return self._stop.asked

    def begun(self, path: Path, taken: TakenFile) -> Run:
        """The run of the file, which nobody but whoever has the file hands over: one that was begun, or a new one."""
        try:
            run = self._ledger.run(taken.run_id)
        except NoSuchRun:
            output = free_result_name(self._usual_output(path))
            # Nobody else may go on with it before it is begun.
            request = replace(self._choices.request, sheet=str(path), output=str(output), force=False, asks=True)
            run = plan_run(request, self._settings, look_up=self._look_up, run_id=taken.run_id).run
        if not run.notes.lies_in_inbox:
            try:
                begin(self._ledger, taken)
            except TakenOver:
                forget_plan(self._settings, run.id)
                raise
        run = self._ledger.run(run.id)
        if asked := approval_of(self._ledger, run.id):
            tell_if_open(self._ledger, run, asked, self._settings)
        return run

    def put_away_when_ended(self, path: Path, taken: TakenFile, run: Run, *, was_awaited: bool) -> Served:
        """What became of a file when its run was followed. Raises TakenOver where the file is another watcher's by now.

        ``was_awaited``: it was told already that the run waits.
        """
        if run.notes.pruned_at is not None:
            return Served(path, Fate.WAITS, was_forgotten(path, run))
        if self._stop.asked and run.state is RunState.PLANNED:
            said = words("Run {run} is planned and goes on at the next start.", run=run.id)
            return Served(path, Fate.INTERRUPTED, said)
        if (until := self._paused_until(run)) is not None:
            return self._waits_for_the_pause(path, run, until)
        try:
            followed = Followed.ENDED if destination_of(run) else self._work(run, taken, was_awaited=was_awaited)
        except ApprovalNeeded as error:
            asked = approval_of(self._ledger, run.id)
            if asked is None or asked.decision is not Decision.REJECTED:
                return Served(path, Fate.WAITS, error.advised, is_awaited=True)
            return self._end(path, taken, error.advised)
        match followed:
            case Followed.ENDED:
                return self._end(path, taken)
            case Followed.LEFT:
                return self._left(path, taken, run)
            case Followed.WAITS:
                is_closed = progress_of(self._ledger, self._ledger.run(run.id), self._settings).closed_until is not None
                if is_closed:
                    said = words("Run {run} waits for its hours.", run=run.id)
                else:
                    said = words("Run {run} waits for a worker.", run=run.id)
                return Served(path, Fate.WAITS, said, is_awaited=True)

    def _paused_until(self, run: Run) -> float | None:
        """The end of a pause that a run which is to begin, or to go on, has to wait for; None where it may be tried."""
        if destination_of(run) or not (run.state is RunState.PLANNED or goes_on_later(run, self._ledger)):
            return None
        asked = approval_of(self._ledger, run.id)
        if asked is not None and asked.decision is not Decision.APPROVED:
            return None
        until = paused_until(self._ledger, run, self._settings)
        return until if until is not None and until - time.time() > _SHORT_PAUSE_SECONDS else None

    def _waits_for_the_pause(self, path: Path, run: Run, until: float) -> Served:
        tells = waits_for_the_service if run.state is RunState.STOPPED else waits_for_the_pause
        return Served(path, Fate.WAITS, tells(run, until, self._settings.timezone), is_awaited=True)

    def _work(self, run: Run, taken: TakenFile, *, was_awaited: bool) -> Followed:
        def mine() -> None:
            check_still_mine(self._ledger, taken)

        def mine_and_as_seen() -> None:
            mine()
            check_not_ended_since(self._ledger, run)

        names = connections_of_messages(self._ledger, run)
        check_confirmed(self._settings, names, self._choices.confirmed)
        # Before files had watchers that followed, a watcher that was stopped stopped its run.
        is_of_old = taken.is_new and run.state is RunState.INTERRUPTED
        if goes_on_later(run, self._ledger) or is_of_old:
            hand_over(self._ledger, run.id, self._settings, check=mine_and_as_seen, starts_worker=False)
        return self._following.follow(run.id, mine, 0.0 if was_awaited else PATIENCE_SECONDS)

    def _left(self, path: Path, taken: TakenFile, run: Run) -> Served:
        """Beside the file a sheet tells how far its run is."""
        summary = self._write_result(path, taken, run)
        lanes = self._ledger.lanes(run.id).values()
        if is_served(self._ledger):
            said = words("Run {run} goes on with its workers.", run=run.id)
        elif any(lane.is_held and not lane.is_for_workers for lane in lanes):
            said = words("Another process{where} is working on run {run_id}.", where="", run_id=run.id)
        else:
            said = words("Run {run} goes on at the next start.", run=run.id)
        return Served(path, Fate.INTERRUPTED, said, summary)

    def _write_result(self, path: Path, taken: TakenFile, run: Run) -> RunSummary:
        """Write the result sheet beside the file. Raises TakenOver where the file is another watcher's by now."""
        # By its name: another machine may reach the folder by another path.
        output = self._folder.path / Path(run.output_path or self._usual_output(path)).name
        summary = write_and_summarise(
            self._ledger, self._ledger.run(run.id), str(output), rate_to_tell(run, self._settings)
        )
        written = Stamp.of(Path(summary.result)) if summary.result else None
        try:
            check_still_mine(self._ledger, taken)
        except TakenOver:
            if written is not None:
                take_back_result(self._ledger, run.id, Path(summary.result), written)
            raise
        return summary

    def _usual_output(self, path: Path) -> Path:
        return Path(default_output(str(path), self._choices.request.result_format))

    def _end(self, path: Path, taken: TakenFile, rejected: Advised | None = None) -> Served:
        run = self._ledger.run(taken.run_id)
        check_still_mine(self._ledger, taken)
        counts = self._ledger.counts(run.id)
        summary = self._write_result(path, taken, run)
        if summary.result_problem:
            return Served(path, Fate.WAITS, summary.result_problem, summary)
        if goes_on_later(run, self._ledger) and not destination_of(run):
            until = self._paused_until(run)
            reason = waits_for_the_service(run, until, self._settings.timezone)
            return Served(path, Fate.WAITS, reason, summary, is_awaited=until is not None)
        is_finished = run.state is RunState.FINISHED
        destination = Destination.DONE if is_finished else Destination.FAILED
        check_still_mine(self._ledger, taken)
        need = None if is_finished else rejected or needs_a_person(summary)
        result = Path(summary.result)
        placed = put_away(self._ledger, run, taken, path, result, destination, need=str(need or ""))
        if self._ledger.counts(run.id) != counts:  # whoever slept has told what it knew
            summary = write_and_summarise(
                self._ledger, self._ledger.run(run.id), str(placed.result), rate_to_tell(run, self._settings)
            )
            if need and not rejected:
                need = needs_a_person(summary)
                explain(placed.sheet, str(need))
        forget_file(self._ledger, taken)
        note = ""
        if placed.is_changed:
            note = words("{file} was changed meanwhile, so it is served again as a new file.", file=path.name)
        fate = Fate.DONE if is_finished else Fate.FAILED
        return Served(placed.sheet, fate, beside(note, need), replace(summary, result=str(placed.result)))
