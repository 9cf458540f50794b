"""A draft and the number of a row -> the message as it will be posted, or why there is none."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace

from hotline_batch.application.drafts.draft import Draft
from hotline_batch.application.drafts.open_sheets import OpenSheets
from hotline_batch.application.drafts.request import request_to_check
from hotline_batch.application.office.acting import needs
from hotline_batch.application.planning.plan_sheet import connections_to_check_with, open_planning
from hotline_batch.application.runs.new_run import new_run_id
from hotline_batch.application.service import connections_of
from hotline_batch.issues.issue import Issue
from hotline_batch.model.jobs import Job, PlannedRow, RejectedRow, SkippedRow
from hotline_batch.people import Role
from hotline_batch.plan.preview import Preview, RowIssue, preview_of
from hotline_batch.plan.visible_text import shown
from hotline_batch.settings.model import Settings

_MOST_CELLS, _LONGEST_CELL = 40, 200


@dataclass(frozen=True, slots=True)
class RowPreview:
    """One row: its cells as column and text; then ``preview``, or the ``issues`` that keep it from being sent, or why
    it is ``left_out``. ``before`` and ``after`` are the numbers of the rows beside it, 0 where there is none.
    """

    number: int
    cells: tuple[tuple[str, str], ...]
    preview: Preview | None = None
    issues: tuple[RowIssue, ...] = ()
    left_out: Issue | None = None
    before: int = 0
    after: int = 0


@needs(Role.PREPARE)
def preview_row(draft: Draft, settings: Settings, sheets: OpenSheets, number: int | None) -> RowPreview | None:
    """The row of that number, or the next one that is there; the first that can be used where none is named.

    None where there is none. Raises what planning raises.
    """
    request = request_to_check(draft, settings)
    connections = connections_to_check_with(connections_of(settings, new_run_id(0), sandbox=draft.is_practice))
    found: RowPreview | None = None
    before = 0
    with ExitStack() as stack:
        planning = open_planning(request, settings, connections, stack, sheets.lend)
        header = planning.header
        for planned in planning.rows():
            at = planned.row.number
            if found is not None:
                return replace(found, after=at)
            if (number is None and isinstance(planned.decision, Job)) or (number is not None and at >= number):
                found = _told(planned, header, before)
            before = at
    return found


def _told(planned: PlannedRow, header: tuple[str, ...], before: int) -> RowPreview:
    row = planned.row
    filled = [(name, cell) for name, cell in zip(header, row.cells, strict=False) if name.strip() or cell.strip()]
    cells = tuple((name, shown(cell, _LONGEST_CELL)) for name, cell in filled[:_MOST_CELLS])
    told = RowPreview(row.number, cells, before=before)
    match planned.decision:
        case Job() as job:
            return replace(told, preview=preview_of(job))
        case RejectedRow(number, issues):
            return replace(told, issues=tuple(RowIssue(number, issue) for issue in issues))
        case SkippedRow(_, issue):
            return replace(told, left_out=issue)
