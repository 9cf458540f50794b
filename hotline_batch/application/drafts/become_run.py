"""A draft that a person agreed to -> one run, however often that is said; in the background, since that takes a while
with a large sheet, or one whose users are looked up.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TypeAlias

from hotline_batch.application.connections import connections_to_confirm
from hotline_batch.application.drafts.choices import with_choices
from hotline_batch.application.drafts.draft import Draft, DraftBusy, change_draft, read_draft, starting, without_run
from hotline_batch.application.drafts.request import digest_of, request_of
from hotline_batch.application.office.acting import needs
from hotline_batch.application.planning.plan_run import PlannedRun, plan_run
from hotline_batch.application.planning.sheet_plan import SheetPlan
from hotline_batch.application.runs.checks import check_may_be_real
from hotline_batch.application.runs.new_run import new_run_id
from hotline_batch.application.runs.start import forget_plan, leave_for_approval, look_up_users, ready_to_start
from hotline_batch.application.runs.workers.detached import start_run_detached
from hotline_batch.errors import LedgerError, NoSuchRun
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.runs import RunState
from hotline_batch.people import Role
from hotline_batch.settings.model import Settings

_SECONDS_TO_WAIT = 60.0

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a person saw when they agreed: the ``digest`` of the look, and how many rows the button named.

    ``chosen`` is what they chose with the button itself; ``confirmed`` are names of connections that were typed.
    """

    digest: str
    count: int
    chosen: Mapping[str, str] = field(default_factory=dict)
    confirmed: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Started:
    """The run that goes on now, or waits for somebody else to approve it. ``is_new``: by this click, none before."""

    run: str
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class NotStarted:
    """Nothing was started. ``plan`` is how it is now, also after the users of topics were looked up; ``digest`` is that
    of the draft that it was made of. None where the draft itself is not as it was.
    """

    plan: SheetPlan | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class ChangedSince(NotStarted):
    """The draft, its template or a connection is not as the person saw it. Where there is a plan, these are as they
    were: other runs sent some of it, or topics turned out to be none that can be sent to.
    """


@dataclass(frozen=True, slots=True)
class FaultyRowsLeft(NotStarted):
    """Rows cannot be used, and nobody said that they are left out."""


@dataclass(frozen=True, slots=True)
class NamesToConfirm(NotStarted):
    """These connections ask for their names before anything is sent through them."""

    connections: Sequence[str] = ()


Outcome: TypeAlias = Started | ChangedSince | FaultyRowsLeft | NamesToConfirm


@needs(Role.PREPARE)
def become_run(settings: Settings, draft_id: str, agreed: Agreement) -> Outcome:
    """Make the run that was agreed to and hand it to a worker; the run that it became already, where it did.

    The draft knows its run before there is one, and whoever comes second waits for the first: three clicks are one
    run, and so is a click after the program was killed in the middle. Raises what planning raises, NotAChoice for what
    cannot be chosen, SettingsError where a key cannot be used or the settings let nothing be real, DraftBusy where
    another click takes long.
    """
    with starting(settings, draft_id, _SECONDS_TO_WAIT):
        draft = read_draft(settings, draft_id)
        if run := started_run(settings, draft):
            return Started(run, is_new=False)
        if draft.run:
            _take_back(settings, draft)
        if not draft.is_practice:
            check_may_be_real(settings)
        if digest_of(draft, settings) != agreed.digest:
            return ChangedSince()
        run_id = new_run_id(time.time())
        draft = change_draft(settings, draft_id, lambda now: replace(with_choices(now, agreed.chosen), run=run_id))
        outcome: Outcome | None = None
        try:
            outcome = _begin(settings, draft, agreed)
            return outcome
        finally:
            if not isinstance(outcome, Started):
                _take_back(settings, draft)


@needs(Role.PREPARE)
def current_draft(settings: Settings, draft_id: str) -> Draft:
    """A draft as it stands: what a killed program left of a start is taken back. DraftMissing.

    Its ``run`` is one that goes on, or went; or one that is being made right now.
    """
    draft = read_draft(settings, draft_id)
    if not draft.run or started_run(settings, draft):
        return draft
    with suppress(DraftBusy), starting(settings, draft_id, 0):
        draft = read_draft(settings, draft_id)
        if draft.run and not started_run(settings, draft):
            _take_back(settings, draft)
            draft = read_draft(settings, draft_id)
    return draft


def started_run(settings: Settings, draft: Draft) -> str:
    """The run that a draft became and that somebody agreed to; empty where there is none, or only a plan of one."""
    if not draft.run:
        return ""
    try:
        with Ledger(settings.ledger) as ledger:
            run = ledger.run(draft.run)
    except NoSuchRun:
        return ""
    if run.state is RunState.PLANNING:
        return ""
    if run.state is RunState.PLANNED and run.notes.waits_for_yes:
        return ""
    return run.id


def _begin(settings: Settings, draft: Draft, agreed: Agreement) -> Outcome:
    request = request_of(draft, settings)
    planned = plan_run(request, settings, look_up=lambda lookups: look_up_users(settings, lookups), run_id=draft.run)
    refusal = _refusal(settings, draft, planned, agreed)
    if refusal is not None:
        return refusal
    if planned.waits_for_approval:
        leave_for_approval(settings, planned.run.id, remember=True)
    else:
        start_run_detached(settings, planned.run.id, remember=True)
    return Started(planned.run.id)


def _refusal(settings: Settings, draft: Draft, planned: PlannedRun, agreed: Agreement) -> Outcome | None:
    plan = planned.plan
    if digest_of(draft, settings) != agreed.digest:  # the template was changed while it was read
        return ChangedSince()
    if plan.sheet.fingerprint != draft.fingerprint:
        return ChangedSince()
    if plan.rows_to_do != agreed.count or not agreed.count:
        return ChangedSince(plan, agreed.digest)
    if plan.tally.invalid and not draft.leaves_out_faulty:
        return FaultyRowsLeft(plan, agreed.digest)
    connections = ready_to_start(settings, planned.run)
    if missing := connections_to_confirm(settings, connections, agreed.confirmed):
        return NamesToConfirm(plan, agreed.digest, missing)
    return None


def _take_back(settings: Settings, draft: Draft) -> None:
    """Forget what a start that did not come about left behind. Only for whoever holds the start: to all others it may
    be a plan that is agreed to at this moment.
    """
    with suppress(LedgerError):
        forget_plan(settings, draft.run)
    # Somebody may have taken the run up already, though this process failed to hand it over whole.
    if not started_run(settings, draft):
        change_draft(settings, draft.id, lambda now: without_run(now) if now.run == draft.run else now)


class Starts:
    """Starts each draft once at a time; a second click gets the same answer as the first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._going: dict[str, Future[Outcome]] = {}
        self._workers = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="start")

    def begin(self, settings: Settings, draft_id: str, agreed: Agreement) -> Future[Outcome]:
        """Start a draft, or join who does it already."""
        with self._lock:
            going = self._going.get(draft_id)
            if going is None or going.done():
                # In the name of whoever asks.
                going = self._workers.submit(copy_context().run, become_run, settings, draft_id, agreed)
                self._going[draft_id] = going
            return going

    def going(self, draft_id: str) -> Future[Outcome] | None:
        """The start that goes on, or that ended and whose answer nobody was told yet."""
        with self._lock:
            return self._going.get(draft_id)

    def told(self, draft_id: str) -> None:
        """Somebody was told how a start ended."""
        with self._lock:
            going = self._going.get(draft_id)
            if going is not None and going.done():
                del self._going[draft_id]

    def close(self) -> None:
        """Wait for what goes on."""
        self._workers.shutdown(wait=True)
