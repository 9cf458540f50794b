"""A run goes on and more and more of its rows fail -> somebody is told while there is something to stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from hotline_batch.application.notify.news import FEWEST_FAILING
from hotline_batch.application.notify.outbox import OUTBOX
from hotline_batch.application.notify.telling import tell_if_failing
from hotline_batch.engine.progress import Progress
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.news import Told
from hotline_batch.model.jobs import Status
from hotline_batch.model.runs import Run
from hotline_batch.settings.model import Settings

# Each look counts the rows of the whole run, so another one has to be worth it.
_MORE_BEFORE_ANOTHER_LOOK = 1.25

OnProgress = Callable[[Progress], None]


def watched_for_failures(run: Run, settings: Settings, on_progress: OnProgress) -> OnProgress:
    """``on_progress``, and a look at the rows of the whole run where a quarter of those of this session fails.

    The look happens elsewhere: nothing that is on its way waits for it.
    """
    return _Watch(run, settings, on_progress)


class _Watch:
    def __init__(self, run: Run, settings: Settings, on_progress: OnProgress) -> None:
        self._run = run
        self._settings = settings
        self._on_progress = on_progress
        self._look_at = FEWEST_FAILING

    def __call__(self, progress: Progress) -> None:
        failing = progress.counts.get(Status.FAILED, 0) + progress.counts.get(Status.UNKNOWN, 0)
        if failing >= self._look_at and failing * 4 >= progress.done:
            self._look_at = max(failing + 1, math.ceil(failing * _MORE_BEFORE_ANOTHER_LOOK))
            OUTBOX.post(self._look)
        self._on_progress(progress)

    def _look(self) -> Sequence[Told]:
        with Ledger(self._settings.ledger) as ledger:
            tell_if_failing(ledger, self._run, self._settings)
        return ()
