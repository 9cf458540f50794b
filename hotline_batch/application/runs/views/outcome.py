"""A run as it stands -> its summary, counted by the ledger itself; for looking at it, however large it is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from hotline_batch.application.connections import rate_to_tell
from hotline_batch.application.office.acting import needs
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.row_pages import ReasonCount, reasons_of
from hotline_batch.model.jobs import JobState, Status, statuses_of
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run
from hotline_batch.people import Role
from hotline_batch.results.problems import needs_a_person
from hotline_batch.results.summary import ROW_NUMBERS_SHOWN, exit_code_for
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import is_practice

_IN_FLIGHT = "interrupted_in_flight"


@needs(Role.LOOK)
def run_outcome(settings: Settings, run_id: str) -> RunSummary:
    """The counts of a run, those of its result sheet. LedgerError where there is none of that id.

    What a look-up found is not among them: ``topic_statuses`` and ``changed`` stay empty.
    """
    with Ledger(settings.ledger) as ledger:
        return outcome_of(ledger, ledger.run(run_id), settings)


def outcome_of(ledger: Ledger, run: Run, settings: Settings) -> RunSummary:
    """The same of a run of an open ledger, and while it goes on."""
    return _summary(run, reasons_of(ledger, run.id, ROW_NUMBERS_SHOWN), rate_to_tell(run, settings))


def _summary(run: Run, reasons: Sequence[ReasonCount], rate: str) -> RunSummary:
    counts: dict[Status, int] = dict.fromkeys(statuses_of(run.kind), 0)
    codes: Counter[str] = Counter()
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    needing_a_person = 0
    for reason in reasons:
        status = reason.state.status(run.kind)
        code = reason.code
        if status is Status.UNKNOWN and reason.state is JobState.IN_FLIGHT:
            code = _IN_FLIGHT
        counts[status] += reason.rows
        needing_a_person += reason.rows if needs_a_person(status, code) else 0
        if code:
            codes[code] += reason.rows
            numbers[code] = sorted([*numbers[code], *reason.first])[:ROW_NUMBERS_SHOWN]
    return RunSummary(
        run=run.id,
        kind=run.kind,
        state=run.state,
        exit_code=exit_code_for(run.state, counts),
        rows=sum(counts.values()),
        counts=counts,
        codes=dict(codes.most_common()),
        row_numbers={code: tuple(found) for code, found in numbers.items()},
        result="",
        seconds=run.active_seconds,
        rate=rate,
        stop_code=run.stop_code,
        stop_reason=run.stop_reason,
        needing_a_person=needing_a_person,
        is_practice=is_practice(run),
    )
