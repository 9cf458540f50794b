"""Two pairs of eyes: what somebody prepared -> approved or rejected by somebody else, before anything of it is sent."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from hotline_batch.application.notify.news import somebody_listens
from hotline_batch.application.office.acting import acting_person, check_may, needs
from hotline_batch.application.runs.hours import hours_in_force, hours_told, opens_next
from hotline_batch.errors import ApprovalNeeded, LedgerError, RunInProgress
from hotline_batch.language.words import words
from hotline_batch.ledger.database.opening import may_be_there
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.oversight.approvals import (
    Approval,
    Decision,
    approval_of,
    ask_for_approval,
    check_approved,
    check_undecided,
    decide,
    open_questions,
    second_copies,
    sends_of_the_plan,
    whose_hand_in,
)
from hotline_batch.ledger.oversight.second_person import who_prepared
from hotline_batch.model.jobs import JobState, Kind, SendMessage
from hotline_batch.model.runs import Run, RunState
from hotline_batch.people import Person, Role
from hotline_batch.run_options import Limits
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import is_practice

_log = logging.getLogger(__name__)

# A person who approves sees so many messages without asking for more.
_MESSAGES_SHOWN = 5
_TO_BE_SENT = (JobState.PENDING, JobState.IN_FLIGHT, JobState.WAITING)
_FIGURES_OF_MARK = 12
# Rows that may have arrived already: in doubt, or by a person's word not delivered.
_ONCE_MORE = {(JobState.UNKNOWN, "resend_asked"), (JobState.PENDING, "settled_as_not_delivered")}


@dataclass(frozen=True, slots=True)
class MessageToApprove:
    """A message as it would be posted: in which row of the sheet, and to whom."""

    row: int
    user_id: int
    message: str
    is_resend: bool


@dataclass(frozen=True, slots=True)
class ApprovalQuestion:
    """What a second person is asked about a run, and how that stands.

    ``messages`` would be sent; ``second_copies`` of them may have arrived already, of which ``resends`` are rows in
    doubt. ``may_decide``: whoever asks may approve or reject it. ``hand`` is whom of those who prepared or asked for it
    that person may be, and None for somebody else. ``begins_at``: when the first of them may leave, None for at once;
    ``hours`` are those outside of which they wait, empty where there are none.
    """

    run: Run
    approval: Approval
    messages: int
    resends: int
    second_copies: int
    connections: Sequence[str]
    may_decide: bool
    hand: Person | None
    begins_at: float | None
    hours: str

    @property
    def prepared_by(self) -> Person:
        """Whoever planned the run, which may be somebody else than whoever asks for it."""
        return who_prepared(self.run)

    @property
    def is_open(self) -> bool:
        """Whether somebody is still to decide."""
        return self.approval.decision is Decision.OPEN

    @property
    def decided_by(self) -> str:
        """The name of whoever has decided; empty where nobody has."""
        return self.approval.decided_by.name if self.approval.decided_by else ""

    @property
    def digest(self) -> str:
        """That of the plan, in hex."""
        return self.approval.digest.hex()

    @property
    def mark(self) -> str:
        """The first figures of it, by which two people see that they speak of the same."""
        return self.digest[:_FIGURES_OF_MARK]


def needs_approval(settings: Settings, run: Run, connections: Collection[str]) -> bool:
    """Whether the settings ask for a second pair of eyes on a run that sends through these connections."""
    return run.kind is Kind.SEND and not is_practice(run) and asks_for_approval(settings, connections)


@needs(Role.LOOK)
def asks_for_approval(settings: Settings, connections: Collection[str]) -> bool:
    """Whether messages that are sent for real through these connections need somebody else's yes."""
    return any(settings.connections[name].needs_approval for name in connections if name in settings.connections)


def ask_if_needed(ledger: Ledger, run: Run, settings: Settings) -> bool:
    """Ask for a second pair of eyes on a run that was just planned, where the settings want one; whether they do."""
    if not needs_approval(settings, run, ledger.connections_pending(run.id)):
        return False
    ask_for_approval(ledger, run, acting_person())
    return True


def check_may_start(ledger: Ledger, run: Run, settings: Settings) -> None:
    """Raises ApprovalNeeded where nobody else has approved what a run would send now, and somebody has to.

    A run that was planned before the settings asked for it is asked about from now on.
    """
    asked = approval_of(ledger, run.id)
    if asked is not None:
        tell_if_open(ledger, run, asked, settings)
        check_approved(ledger, run)
    elif needs_approval(settings, run, ledger.connections_of_open_rows(run.id)):
        found = ask_for_approval(ledger, run, who_prepared(run))
        tell_if_open(ledger, run, found, settings)
        raise ApprovalNeeded(
            run.id, words("{asked_by} prepared it, and nobody else has approved it yet.", asked_by=found.asked_by.name)
        )


def tell_if_open(ledger: Ledger, run: Run, asked: Approval, settings: Settings) -> None:
    """Have it told that a run waits for somebody to decide, once whoever planned it wants it sent."""
    if asked.decision is Decision.OPEN and not run.notes.waits_for_yes and somebody_listens(settings, run):
        from hotline_batch.application.notify.telling import tell_of_approval  # noqa: PLC0415 - of most nobody hears

        tell_of_approval(ledger, run, settings, asked.number)


def who_asks_anew(ledger: Ledger, run: Run, settings: Settings) -> Person | None:
    """Who is asked about when more is to be sent than was approved; None where nothing has to be approved."""
    return acting_person() if _is_asked_anew(ledger, run, settings) else None


def _is_asked_anew(ledger: Ledger, run: Run, settings: Settings) -> bool:
    is_asked = approval_of(ledger, run.id) is not None
    return is_asked or needs_approval(settings, run, ledger.connections_of_open_rows(run.id))


# ── what a person asks for ───────────────────────────────────────────────────────────────────────────────────────────


@needs(Role.LOOK)
def approval_question(settings: Settings, run_id: str) -> ApprovalQuestion | None:
    """What is asked about a run; None where nobody has to be asked. LedgerError where there is no such run."""
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        found = approval_of(ledger, run_id)
        return None if found is None else _question(ledger, settings, run, found)


@needs(Role.LOOK)
def is_asked_anew(settings: Settings, run_id: str) -> bool:
    """Whether somebody else has to approve it where a row in doubt of the run is to be sent again."""
    with Ledger(settings.ledger) as ledger:
        return _is_asked_anew(ledger, ledger.run(run_id), settings)


@needs(Role.LOOK)
def takes_a_third_person(settings: Settings, run_id: str) -> bool:
    """Whether neither this person, who asks for a row to be sent again, nor whoever prepared the run may approve that.

    So it is while rows of it are to be sent for the first time: those are not to be approved by who prepared them.
    """
    with Ledger(settings.ledger) as ledger:
        is_prepared_by_another = not acting_person().is_same_as(who_prepared(ledger.run(run_id)))
        return is_prepared_by_another and sends_of_the_plan(ledger, run_id)


@needs(Role.LOOK)
def runs_to_approve(settings: Settings) -> Sequence[ApprovalQuestion]:
    """What still waits for somebody to decide, the oldest first. Nothing where there is no ledger, and none is made."""
    if not may_be_there(settings.ledger):
        return ()
    with Ledger(settings.ledger) as ledger:
        found = [(ledger.run(run_id), asked) for run_id, asked in open_questions(ledger)]
        return [_question(ledger, settings, run, asked) for run, asked in found if run.notes.pruned_at is None]


@needs(Role.LOOK)
def messages_to_approve(settings: Settings, run_id: str) -> Sequence[MessageToApprove]:
    """The first messages that would be sent, as they would be posted."""
    with Ledger(settings.ledger) as ledger:
        return list(islice(_messages(ledger, run_id), _MESSAGES_SHOWN))


@needs(Role.APPROVE)
def approve_run(settings: Settings, run_id: str, *, note: str = "", seen: str = "") -> ApprovalQuestion:
    """Let a run be sent that somebody else prepared. ``seen`` is the digest of what was looked at, if it is known.

    Raises NotAllowed for whoever prepared it or asked for it, DecidedAlready where somebody has decided, LedgerError
    where nothing is asked, or the plan is another one by now.
    """
    return _decide(settings, run_id, Decision.APPROVED, note, seen)


@needs(Role.APPROVE)
def reject_run(settings: Settings, run_id: str, note: str, *, seen: str = "") -> ApprovalQuestion:
    """Let nothing of a run be sent, for a reason. Raises as ``approve_run``, and LedgerError without a reason."""
    if not note.strip():
        raise LedgerError(words("Say why it is rejected: whoever prepared it has to know what to change."))
    return _decide(settings, run_id, Decision.REJECTED, note.strip(), seen)


@needs(Role.PREPARE)
def ask_again(settings: Settings, run_id: str) -> ApprovalQuestion:
    """Ask once more about a run that was rejected, in the name of whoever asked first. LedgerError where it was not."""
    by = check_may(Role.PREPARE)
    with Ledger(settings.ledger) as ledger, ledger.hold(run_id, is_patient=True):
        run, found = ledger.run(run_id), approval_of(ledger, run_id)
        if found is None or found.decision is not Decision.REJECTED:
            raise LedgerError(words("Run {run_id} was not rejected, so nothing is to be asked again.", run_id=run_id))
        return _question(ledger, settings, run, ask_for_approval(ledger, run, by, first_asked_by=found.asked_by))


def _decide(settings: Settings, run_id: str, decision: Decision, note: str, seen: str) -> ApprovalQuestion:
    by = check_may(Role.APPROVE)
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)
        if run.notes.pruned_at is not None:
            raise LedgerError(
                words(
                    "The messages of run {run_id} were forgotten, so nobody can look at them any more.", run_id=run_id
                )
            )
        check_undecided(ledger, run, by, decision)
        try:
            # Held, so that nothing is sent by what is decided about it at this moment.
            with ledger.hold(run_id, is_patient=True):
                decide(ledger, run, by, decision, note, seen=_digest(seen))
        except RunInProgress:
            check_undecided(ledger, run, by, decision)  # by another click, which has begun it
            raise
        _log.info("run decided", extra={"run": run_id, "decision": decision.value, "by": by.name})
        found = approval_of(ledger, run_id)
        assert found is not None  # noqa: S101 - it was decided a moment ago
        return _question(ledger, settings, run, found)


def _digest(text: str) -> bytes | None:
    if not text:
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b"no digest"


def _question(ledger: Ledger, settings: Settings, run: Run, found: Approval) -> ApprovalQuestion:
    by = acting_person()
    hand = whose_hand_in(ledger, run, by)
    pending, counts = ledger.pending_by_connection(run.id), ledger.counts(run.id)
    # Rows in doubt that a person wants sent once more are pending, and in no state of that name.
    resends = max(0, sum(pending.values()) - counts.get(JobState.PENDING, 0))
    is_ready = run.state is not RunState.PLANNING
    now = time.time()
    # Whoever approves it chooses no times, and what somebody chose for an earlier round counts no more.
    as_planned = replace(run, notes=replace(run.notes, limits_of_workers=Limits()))
    begins_at = opens_next(as_planned, settings, pending, now)
    may_decide = is_ready and found.decision is Decision.OPEN and by.may(Role.APPROVE)
    return ApprovalQuestion(
        run=run,
        approval=found,
        messages=sum(counts.get(state, 0) for state in _TO_BE_SENT) + resends,
        resends=resends,
        second_copies=second_copies(ledger, run.id),
        connections=sorted(pending),
        may_decide=may_decide and hand is None,
        hand=hand,
        begins_at=begins_at if begins_at > now else None,
        hours=hours_told(hours_in_force(as_planned, settings, pending), pending),
    )


def _messages(ledger: Ledger, run_id: str) -> Iterator[MessageToApprove]:
    for record in ledger.rows(run_id):
        is_resend = any((record.state, issue.code) in _ONCE_MORE for issue in record.issues)
        if (record.state in _TO_BE_SENT or is_resend) and isinstance(record.request, SendMessage):
            user_id, message = record.request
            yield MessageToApprove(record.number, user_id, message, is_resend)
