"""A sheet and what is asked for -> what would be done with it; nothing is stored, nothing is asked of the service."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice

from hotline_batch.application.connections import connections_of
from hotline_batch.application.office.acting import needs
from hotline_batch.application.planning.clock_set_back import clock_warnings
from hotline_batch.application.planning.questions import gather
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.planning.sheet_plan import SheetPlan
from hotline_batch.application.planning.sheet_planning import Opens, SheetPlanning, open_anew
from hotline_batch.application.runs.hours import with_start
from hotline_batch.application.runs.limits import duplicate_window_seconds
from hotline_batch.application.runs.new_run import new_run_id
from hotline_batch.errors import OpenQuestions, SheetQuestion
from hotline_batch.language.words import words
from hotline_batch.ledger.corrections import SentAndCorrected
from hotline_batch.ledger.database.opening import may_be_there
from hotline_batch.ledger.history import sent_before as history
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Connection, Job, Kind, PlannedRow, SkippedRow
from hotline_batch.people import Role
from hotline_batch.settings.model import Settings
from hotline_batch.tally import row_numbers

_log = logging.getLogger(__name__)

_ROWS_AT_ONCE = 500
_NO_CONNECTION = "default"


@needs(Role.PREPARE)
def plan_sheet(
    request: SheetRequest, settings: Settings, *, marked: str | None = None, opens: Opens = open_anew
) -> SheetPlan:
    """What would be done with a sheet. OpenQuestions with all that it leaves open.

    Works without any connection in the settings. An existing ledger is asked which messages were sent before.
    ``marked`` is where the sheet is written with its bad cells marked, an .xlsx; OutputError where that fails.
    ``opens`` lends the sheet to whoever keeps it open.
    """
    now = time.time()
    request = request.with_limits(with_start(request.options.limits, settings, now))
    if marked is not None:
        # It knows openpyxl, which whoever sends a CSV file does without.
        from hotline_batch.application.exports.marked_sheet import check_marked_output  # noqa: PLC0415 - see above

        check_marked_output(marked, request.sheet, force=request.force)
    connections = connections_of(settings, new_run_id(now), sandbox=request.options.sandbox)
    with ExitStack() as stack:
        planning = open_planning(request, settings, connections_to_check_with(connections), stack, opens)
        ledger = _existing_ledger(settings, stack) if planning.kind is Kind.SEND and connections else None
        if ledger:
            planning.ask_what_was_corrected(SentAndCorrected(ledger))
        window = duplicate_window_seconds(settings, request.options.limits)
        earlier = Earlier(ledger, now - window) if ledger and window > 0 else None
        rows = planning.counted_rows()
        if earlier:
            rows = earlier.watching(rows, leaves_out=marked is not None)
        written = _write_marked(planning, marked, rows, force=request.force) if marked is not None else ""
        deque(rows, maxlen=0)
        plan = planning.plan(earlier.sent_before() if earlier else ())
        if ledger:
            plan = replace(plan, warnings=(*clock_warnings(ledger, now, settings), *plan.warnings))
        _log.info("sheet checked", extra={"sheet": request.sheet, **plan.told_in_log()})
        return replace(plan, marked=written)


def _write_marked(planning: SheetPlanning, output: str, rows: Iterable[PlannedRow], *, force: bool) -> str:
    """Write the sheet with its bad cells marked while the rows flow by; the path that was used."""
    from hotline_batch.application.exports.marked_sheet import write_marked  # noqa: PLC0415 - it knows openpyxl

    return write_marked(output, planning.sheet, planning.columns.fields, rows, _remarks(planning), replace=force)


def _remarks(planning: SheetPlanning) -> Iterator[str]:
    """What is said of the sheet as a whole, once every row has flowed by."""
    sheet, tally = planning.sheet, planning.tally
    yield words(
        "{sheet}: {rows:row|rows}, {usable:,} usable, {invalid:,} not.",
        sheet=sheet.name,
        rows=tally.rows,
        usable=tally.usable,
        invalid=tally.invalid,
    )
    for task in tally.to_do.tasks():
        yield words("To do: {task} ({rows})", task=task.text, rows=row_numbers(task.rows, task.row_count))
    yield from (words("Note: {note}", note=remark) for remark in planning.remarks)
    yield words("Each coloured cell has a note that says what is wrong and what to do.")
    yield words(
        "Where a row would look well in this workbook though it cannot be used, cells were emptied, so that it is not "
        "sent as it is. What stood there is in their notes, and in the worksheet {plan}.",
        plan=words("Plan"),
    )


def connections_to_check_with(connections: Mapping[str, Connection]) -> Mapping[str, Connection]:
    """The same; where there are none, one that leads nowhere: whoever only checks a sheet may have no account yet."""
    return connections or {_NO_CONNECTION: Connection(_NO_CONNECTION, "")}


def _existing_ledger(settings: Settings, stack: ExitStack) -> Ledger | None:
    return stack.enter_context(Ledger(settings.ledger)) if may_be_there(settings.ledger) else None


class Earlier:
    """Counts, as jobs flow by, which of them a ledger knows to be sent already."""

    def __init__(self, ledger: Ledger, guard_since: float) -> None:
        self._ledger = ledger
        self._guard_since = guard_since
        self._found: dict[tuple[str, bool], tuple[int, float]] = {}

    def watching(self, rows: Iterable[PlannedRow], *, leaves_out: bool = False) -> Iterator[PlannedRow]:
        """The rows as they are, each looked at on its way; with ``leaves_out``, those that were sent before are told as
        left out.
        """
        waiting = iter(rows)
        while page := list(islice(waiting, _ROWS_AT_ONCE)):
            known = self._look_up([planned.decision.key for planned in page if isinstance(planned.decision, Job)])
            for planned in page:
                decision = planned.decision
                if leaves_out and isinstance(decision, Job) and decision.key in known:
                    skipped = SkippedRow(decision.row_number, known[decision.key].why_left_out())
                    yield planned._replace(decision=skipped)
                else:
                    yield planned

    def sent_before(self) -> Sequence[history.SentBefore]:
        """By run, what was sent before."""
        return [
            history.SentBefore(run, newest, rows, not certain) for (run, certain), (rows, newest) in self._found.items()
        ]

    def _look_up(self, keys: Sequence[bytes]) -> Mapping[bytes, history.Earlier]:
        known = history.sent_before(self._ledger, keys, self._guard_since) if keys else {}
        for found in known.values():
            rows, newest = self._found.get((found.run_id, found.certain), (0, found.sent_at))
            self._found[found.run_id, found.certain] = (rows + 1, max(found.sent_at, newest))
        return known


def open_planning(
    request: SheetRequest,
    settings: Settings,
    connections: Mapping[str, Connection],
    stack: ExitStack,
    opens: Opens = open_anew,
) -> SheetPlanning:
    """The planning of a sheet. OpenQuestions with all that the sheet leaves open, not only the first of it."""
    found: list[SheetQuestion] = []
    with ExitStack() as of_this:
        planning = gather(
            request, found, lambda likely: SheetPlanning(likely, settings, connections, of_this, opens), of_this.close
        )
        found += planning.questions
        if found:
            raise OpenQuestions(found)
        stack.push(of_this.pop_all())
    return planning
