"""A sheet and what a person chose for it -> its planning, or all that the sheet leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

from hotline_batch.application.open_questions import gather
from hotline_batch.application.request import SheetRequest
from hotline_batch.application.sheet_planning import SheetPlanning
from hotline_batch.errors import OpenQuestions, SheetQuestion
from hotline_batch.model import Connection
from hotline_batch.settings.model import Settings


def open_planning(
    request: SheetRequest, settings: Settings, connections: Mapping[str, Connection], stack: ExitStack
) -> SheetPlanning:
    """The planning of a sheet. OpenQuestions with all that the sheet leaves open, not only the first of it."""
    found: list[SheetQuestion] = []
    with ExitStack() as of_this:
        planning = gather(
            request, found, lambda likely: SheetPlanning(likely, settings, connections, of_this), of_this.close
        )
        found += planning.questions
        if found:
            raise OpenQuestions(found)
        stack.push(of_this.pop_all())
    return planning
