"""A sheet -> a plan that a person can look at, and a run in the ledger that waits for a yes."""

from __future__ import annotations

import logging
import secrets
import string
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from hotline_batch.application.driving import check_drive, duplicate_window_seconds
from hotline_batch.application.opening import open_planning
from hotline_batch.application.own_results import is_only_practice
from hotline_batch.application.request import SheetRequest
from hotline_batch.application.running import run_to_the_end
from hotline_batch.application.service import connections_of
from hotline_batch.application.sheet_plan import SheetPlan as SheetPlan
from hotline_batch.application.sheet_planning import owner as owner
from hotline_batch.application.user_lookup import look_users_up, lookup_pace
from hotline_batch.engine.clock import Clock, SystemClock
from hotline_batch.errors import LedgerError, SheetError
from hotline_batch.ledger.database.opening import may_be_there
from hotline_batch.ledger.history.look_up_answers import reuse_answers
from hotline_batch.ledger.history.sent_before import SentBefore, sent_before, skip_sent_before
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.pruning import delete_abandoned_plans
from hotline_batch.model import Connection, Job, Kind, PlannedRow, Run, RunState, RunSummary
from hotline_batch.results.write import check_capacity, check_output
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import practises
from hotline_batch.settings.remembered_mappings import RememberedMappings
from hotline_batch.settings.units import parse_duration

_log = logging.getLogger(__name__)

_KEYS_AT_ONCE = 500
# No sheet takes a day to plan: whoever began then has died.
_ABANDONED_AFTER_SECONDS = 86_400.0
_NO_CONNECTION = "default"
_ID_LETTERS = string.ascii_lowercase + string.digits
# Formats that the result is written in, too; the result of the others is a workbook.
_SAME_FORMAT = {".csv": ".csv", ".tsv": ".csv", ".txt": ".csv", ".xlsx": ".xlsx"}


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run in the ledger, its plan, and the mapping of columns that is worth remembering once it was driven."""

    run: Run
    plan: SheetPlan
    mapping: Mapping[str, str] = field(default_factory=dict)

    def remember_mapping(self) -> None:
        """Keep what the person said about the columns; a look at a sheet alone confirms nothing."""
        if self.mapping:
            RememberedMappings().keep(self.plan.sheet.header, self.plan.kind, self.mapping)


def new_run_id(now: float) -> str:
    """Such as ``20261122-180412-k3f9``: the moment, UTC, and four letters to tell runs of one second apart."""
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
    return f"{moment}-{''.join(secrets.choice(_ID_LETTERS) for _ in range(4))}"


def default_output(sheet_path: str) -> str:
    """``<stem>.results.<ext>`` beside the input; CSV on standard output for CSV on standard input.

    SheetError for a path without a file's name, such as ``.``.
    """
    if sheet_path == "-":
        return "-"
    path = Path(sheet_path)
    if not path.name:
        raise SheetError(f"'{sheet_path}' is a folder. Name the sheet in it.")
    return str(path.with_name(f"{path.stem}.results{_SAME_FORMAT.get(path.suffix.lower(), '.xlsx')}"))


def check_sheet(request: SheetRequest, settings: Settings, *, marked: str | None = None) -> SheetPlan:
    """Plan a sheet and look at the plan; nothing is stored and nothing is asked of the service.

    Works without any connection in the settings. An existing ledger is asked which messages were sent before.
    ``marked`` is where the sheet is written with its bad cells marked, an .xlsx; OutputError where that fails.
    """
    now = time.time()
    if marked is not None:
        # It knows openpyxl, which whoever sends a CSV file does without.
        from hotline_batch.application.marking import check_marked_output  # noqa: PLC0415 - see above

        check_marked_output(marked, request.sheet, force=request.force)
    connections = connections_of(settings, new_run_id(now), sandbox=request.options.sandbox)
    # Whoever only checks a sheet may have no account yet.
    known = connections or {_NO_CONNECTION: Connection(_NO_CONNECTION, "")}
    with ExitStack() as stack:
        planning = open_planning(request, settings, known, stack)
        ledger = _existing_ledger(settings, stack) if request.kind is Kind.SEND and connections else None
        window = duplicate_window_seconds(settings, request.options.limits)
        earlier = Earlier(ledger, now - window) if ledger and window > 0 else None
        rows = planning.counted_rows()
        if earlier:
            rows = earlier.watching(rows)
        written = planning.write_marked(marked, rows) if marked is not None else ""
        deque(rows, maxlen=0)
        plan = planning.plan(earlier.sent_before() if earlier else ())
        _log.info("sheet checked", extra={"sheet": request.sheet, **plan.told_in_log()})
        return replace(plan, marked=written)


def _existing_ledger(settings: Settings, stack: ExitStack) -> Ledger | None:
    return stack.enter_context(Ledger(settings.ledger)) if may_be_there(settings.ledger) else None


class Earlier:
    """Counts, as jobs flow by, which of them a ledger knows to be sent already."""

    def __init__(self, ledger: Ledger, guard_since: float) -> None:
        self._ledger = ledger
        self._guard_since = guard_since
        self._keys: list[bytes] = []
        self._found: dict[tuple[str, bool], tuple[int, float]] = {}

    def watching(self, rows: Iterable[PlannedRow]) -> Iterator[PlannedRow]:
        """The rows as they are, each looked at on its way."""
        for planned in rows:
            if isinstance(planned.decision, Job):
                self._keys.append(planned.decision.key)
                if len(self._keys) >= _KEYS_AT_ONCE:
                    self._look_up()
            yield planned

    def sent_before(self) -> Sequence[SentBefore]:
        """By run, what was sent before."""
        self._look_up()
        return [SentBefore(run, newest, rows, not certain) for (run, certain), (rows, newest) in self._found.items()]

    def _look_up(self) -> None:
        for run, certain, newest in sent_before(self._ledger, self._keys, self._guard_since).values():
            rows, newest_so_far = self._found.get((run, certain), (0, newest))
            self._found[run, certain] = (rows + 1, max(newest, newest_so_far))
        self._keys.clear()


def plan_run(
    request: SheetRequest,
    settings: Settings,
    ledger: Ledger,
    *,
    clock: Clock | None = None,
    look_up: Callable[[str], RunSummary] | None = None,
) -> PlannedRun:
    """Plan a sheet into a run of the ledger.

    Nothing is asked of the service, unless a send names topics instead of users: these are looked up first, in a run
    of their own that ``look_up`` drives. Raises SheetError, TemplateError, OutputError or SettingsError for what cannot
    be used as a whole, LookupsUnfinished where the look-ups ended early; the ledger keeps no run of the send then.
    """
    clock = clock or SystemClock()
    now = clock.wall()
    run_id = new_run_id(now)
    output = request.output or default_output(request.sheet)
    if not (request.force or practises(settings, sandbox=request.options.sandbox)):
        request = replace(request, force=is_only_practice(ledger, request.sheet, output))
    check_output(output, request.sheet, force=request.force)
    check_drive(settings, request.kind, request.options.limits, sandbox=request.options.sandbox)
    with ExitStack() as stack:
        connections = connections_of(settings, run_id, sandbox=request.options.sandbox)
        planning = open_planning(request, settings, connections, stack)
        run = planning.run(run_id, now, output)
        if planning.looks_users_up:
            drive_it = look_up or (lambda lookups: run_to_the_end(ledger, lookups, settings, Limits()))
            pace = lookup_pace(settings, request.options.limits, planning.default_connection)
            by_run = partial(connections_of, settings, sandbox=request.options.sandbox)
            planning.find_users_with(look_users_up(planning, run, by_run, ledger, pace, drive_it))
        delete_abandoned_plans(ledger, now - _ABANDONED_AFTER_SECONDS)
        ledger.add_run(run)
        stack.callback(_forget_unless_planned, ledger, run_id)
        rows = ledger.add_rows(run_id, planning.counted_rows())
        check_capacity(output, rows, len(run.header))
        window = duplicate_window_seconds(settings, request.options.limits)
        sent_before: Sequence[SentBefore] = ()
        if run.kind is Kind.SEND and window > 0:
            sent_before = skip_sent_before(ledger, run_id, now - window)
        reused = 0
        if run.kind is Kind.ENRICH and request.options.max_age is not None:
            reused = reuse_answers(ledger, run_id, now - parse_duration(request.options.max_age, "--max-age"))
        ledger.change_run(run_id, state=RunState.PLANNED.value, rows=rows)
        plan = planning.plan(sent_before, reused)
        _log.info("sheet planned", extra={"run": run_id, "sheet": run.sheet_path, **plan.told_in_log()})
        planned = replace(run, state=RunState.PLANNED, rows=rows)
        return PlannedRun(planned, plan, planning.mapping_to_remember())


@contextmanager
def forgotten_unless_started(ledger: Ledger, run_id: str) -> Iterator[None]:
    """A planned run that does not start, for whatever reason, is forgotten: it must not be found later and sent."""
    try:
        yield
    except BaseException:
        with suppress(LedgerError):
            if ledger.run(run_id).state is RunState.PLANNED:
                ledger.delete_run(run_id)
                _log.info("plan forgotten", extra={"run": run_id})
        raise


def _forget_unless_planned(ledger: Ledger, run_id: str) -> None:
    if ledger.run(run_id).state is RunState.PLANNING:
        ledger.delete_run(run_id)
