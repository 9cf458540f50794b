"""A draft -> what would be done with it, or what is still to be said about it: everything that the page shows.

Looks are made in the background and kept: the same choices are planned once, however often they are shown.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from contextvars import copy_context
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Final

from hotline_batch.application.connections import connections_of
from hotline_batch.application.drafts.draft import Draft
from hotline_batch.application.drafts.request import OpenSheets, connections_to_choose_from, digest_of, request_to_check
from hotline_batch.application.drafts.seen import SheetSeen, sheet_seen
from hotline_batch.application.office.acting import needs
from hotline_batch.application.planning.plan_sheet import connections_to_check_with, open_planning, plan_sheet
from hotline_batch.application.planning.questions import Question, questions_of
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.planning.sheet_plan import SheetPlan
from hotline_batch.application.runs.new_run import new_run_id
from hotline_batch.application.runs.views.listing import newest_runs
from hotline_batch.errors import HotlineBatchError, OpenQuestions, SettingsError, SheetError, TemplateError
from hotline_batch.issues.issue import Issue
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Job, Kind, PlannedRow, RejectedRow, SkippedRow
from hotline_batch.people import Role
from hotline_batch.plan.columns.names import purpose_of
from hotline_batch.plan.columns.recognition import ColumnsMissing
from hotline_batch.plan.preview import Preview, RowIssue, preview_of
from hotline_batch.plan.visible_text import shown
from hotline_batch.settings.model import Settings

_MOST_KEPT: Final = 32
_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Look:
    """A draft, looked at. ``digest`` stands for all that it shows: whoever agrees to it names it.

    ``seen`` is None where the file cannot be read at all, or not before a question is answered. ``plan`` is None while
    something stands in the way: ``questions``; ``missing`` fields that no column holds; ``problem``, whatever else.
    ``connections`` are those to choose from, where one has to be chosen.
    """

    kind: Kind
    digest: str
    seen: SheetSeen | None = None
    plan: SheetPlan | None = None
    questions: Sequence[Question] = ()
    missing: Sequence[str] = ()
    problem: HotlineBatchError | None = None
    connections: Sequence[str] = ()

    @property
    def is_message_missing(self) -> bool:
        """Whether it is not yet known what is sent."""
        return "message" in self.missing


@needs(Role.PREPARE)
def look_at(draft: Draft, settings: Settings, sheets: OpenSheets) -> Look:
    """Plan the draft's sheet as far as that goes. What is wrong is in the look; no error of the tree is raised."""
    request = request_to_check(draft, settings)
    choose_from = connections_to_choose_from(draft, settings)
    # Before anything is read: a template that is changed meanwhile is another one then.
    looked_at = Look(request.kind, digest_of(draft, settings), connections=choose_from)
    look = _planned(looked_at, request, settings, sheets)
    if look.plan is not None:
        look = replace(look, kind=look.plan.kind)
    with suppress(SheetError), sheets.lend(request) as opened:
        seen = sheet_seen(opened)
        has_template = bool(draft.options.template or draft.options.message)
        of_columns = purpose_of(opened.sheet.header, draft.options.column_map, has_template=has_template)
        look = replace(look, seen=seen, kind=look.plan.kind if look.plan else draft.kind or of_columns)
    return look


def _planned(look: Look, request: SheetRequest, settings: Settings, sheets: OpenSheets) -> Look:
    try:
        return replace(look, plan=plan_sheet(request, settings, opens=sheets.lend))
    except OpenQuestions as found:
        beyond = found.beyond
        missing = beyond.fields if isinstance(beyond, ColumnsMissing) else ()
        return replace(look, questions=tuple(questions_of(found)), missing=missing, problem=None if missing else beyond)
    except ColumnsMissing as error:
        return replace(look, missing=error.fields, problem=error)
    except (SheetError, TemplateError, SettingsError) as error:
        return replace(look, problem=error)


class Looks:
    """Keeps the newest looks. ``sheets`` are those that are open for them."""

    def __init__(self) -> None:
        self.sheets = OpenSheets()
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, str, str], tuple[Settings, Future[Look]]] = OrderedDict()
        self._workers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="look")

    def of(self, draft: Draft, settings: Settings) -> Future[Look]:
        """The look at a draft as it is now, told to the reader of now.

        Another run of the ledger may have sent some of it since the last one.
        """
        newest = "".join(run.id + run.state for run in newest_runs(settings, 1))
        key = (draft.id, digest_of(draft, settings), newest)
        with self._lock:
            before, look = self._kept.get(key, (None, None))
            if look is None or before != settings or (look.done() and look.exception() is not None):
                look = self._workers.submit(copy_context().run, look_at, draft, settings, self.sheets)
            self._kept[key] = (settings, look)
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            return look

    def forget(self, draft_id: str) -> None:
        """Look at a draft anew the next time, since it turned out that something is not as it was."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == draft_id]:
                del self._kept[key]

    def close(self) -> None:
        """End what goes on, and close what is open."""
        self._workers.shutdown(wait=True, cancel_futures=True)
        self.sheets.close()


@needs(Role.PREPARE)
def write_marked_draft(draft: Draft, settings: Settings, sheets: OpenSheets, place: Path) -> None:
    """Write the marked sheet, an .xlsx. Raises what planning raises, OutputError where it cannot be written."""
    plan_sheet(request_to_check(draft, settings), settings, marked=str(place), opens=sheets.lend)


def marked_name(draft: Draft) -> str:
    """What the marked sheet is called."""
    return words("{name} to mend.xlsx", name=Path(draft.name).stem)


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
        header = planning.sheet.header
        for planned in planning.counted_rows():
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
