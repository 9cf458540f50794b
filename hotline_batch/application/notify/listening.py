"""Whether anybody hears of a run, told without loading what tells them: of most runs nobody does."""

from __future__ import annotations

from hotline_batch.application.runs.new_run import OF_USERS
from hotline_batch.model.runs import Run
from hotline_batch.settings.model import Settings


def somebody_listens(settings: Settings, run: Run) -> bool:
    """Whether anybody is told of this run; of one that only looks users up for another, nobody is."""
    return bool(run.notes.notify or not settings.news.is_silent) and not run.id.endswith(OF_USERS)
