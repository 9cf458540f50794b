"""A plan -> what a person agrees to: how many, through whom, how fast, when, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from hotline_batch.application.connections import connections_to_confirm
from hotline_batch.application.drafts.choices import TimeFields, sends_again, times_of
from hotline_batch.application.drafts.draft import Draft
from hotline_batch.application.drafts.look import Look
from hotline_batch.application.office.approvals import asks_for_approval
from hotline_batch.application.planning.sheet_plan import SheetPlan
from hotline_batch.application.runs.checks import kept_from_real_by
from hotline_batch.language.formats import list_of
from hotline_batch.language.words import marked, words
from hotline_batch.model.jobs import Kind
from hotline_batch.opening_hours.week import hours_words
from hotline_batch.settings.model import Settings
from hotline_batch.web.wording import rate_words

_SHOWN_TRIAL = 3


@dataclass(frozen=True, slots=True)
class LeftOut:
    """So many rows are not sent, and why; ``run`` is the one that sent them before, empty where none did."""

    count: int
    why: str
    run: str = ""
    moment: float | None = None


@dataclass(frozen=True, slots=True)
class ConfirmBlock:
    """``names`` are connections that have to be typed; ``connections`` is name and count. Times are seconds since the
    epoch, UTC. ``sent_before`` rows are left out since they were sent; ``sends_again``: these go once more.
    ``begins_at`` is None where it begins at once; ``hours`` are those outside of which it waits, empty where there are
    none, and ``times`` what was chosen of them on the page. ``is_possible``: a connection is set up, or it is practice.
    ``kept_from_real_by`` is the setting that lets nothing of it be real, empty where none does, or it is practice.
    ``needs_approval``: somebody else says yes first.
    """

    count: int
    button: str
    trial_button: str
    digest: str
    connections: Sequence[tuple[str, int]]
    service: str
    pace: str
    seconds: float
    begins_at: float | None
    ends_at: float
    hours: str
    times: TimeFields
    faulty: int
    left_out: Sequence[LeftOut]
    names: Sequence[str]
    trial_rows: int
    is_possible: bool
    kept_from_real_by: str
    looks_users_up: bool
    sent_before: int
    sends_again: bool
    needs_approval: bool


def confirm_block(
    look: Look, draft: Draft, settings: Settings, now: float, times: TimeFields | None = None
) -> ConfirmBlock | None:
    """What stands at the end of the page; None while something is open. ``times`` were sent, and not taken."""
    plan = look.plan
    if plan is None or look.connections:
        return None
    to_do, is_send = plan.rows_to_do, look.kind is Kind.SEND
    used = list(plan.tally.requests_by_connection.items())
    sends_for_real = is_send and not draft.is_practice
    needs_approval = sends_for_real and asks_for_approval(settings, [name for name, _ in used])
    begins_at = plan.expected.begins_at(now)
    return ConfirmBlock(
        count=to_do,
        button=_button(to_do, needs_approval=needs_approval, is_send=is_send, is_practice=draft.is_practice),
        trial_button=(
            words("Try it with the first rows in practice")
            if draft.is_practice
            else words("Try it with the first rows")
        ),
        digest=look.digest,
        connections=used,
        service=urlsplit(plan.endpoint).hostname or plan.endpoint,
        pace=rate_words(plan.paces),
        seconds=plan.expected.seconds,
        begins_at=begins_at if begins_at > now else None,
        ends_at=plan.expected.ends_at(now),
        hours=list_of([hours_words(week) for week in plan.expected.weeks]),
        times=times or times_of(draft, settings, now),
        faulty=plan.tally.invalid,
        left_out=list(_left_out(plan)),
        names=connections_to_confirm(settings, [name for name, _ in used], ()) if sends_for_real else (),
        trial_rows=draft.trial_rows or _SHOWN_TRIAL,
        kept_from_real_by="" if draft.is_practice else kept_from_real_by(settings),
        is_possible=draft.is_practice or bool(settings.connections),
        sent_before=sum(each.rows for each in plan.sent_before) + _as_the_sheet_says(plan),
        sends_again=is_send and sends_again(draft),
        looks_users_up=is_send and "user_id" not in plan.columns,
        needs_approval=needs_approval,
    )


def _button(count: int, *, needs_approval: bool, is_send: bool, is_practice: bool) -> str:
    if needs_approval:
        return words("Ask for approval of {count:message|messages}", count=count)
    if is_send and is_practice:
        return words("Send {count:message|messages} in practice", count=count)
    if is_send:
        return words("Send {count:message|messages}", count=count)
    if is_practice:
        return words("Look up {count:topic|topics} in practice", count=count)
    return words("Look up {count:topic|topics}", count=count)


def _as_the_sheet_says(plan: SheetPlan) -> int:
    return sum(plan.tally.codes.get(code, 0) for code in ("already_sent", "possibly_sent"))


_REASONS = {
    "duplicate_in_sheet": marked("another row has, or had, the same message to the same user"),
    "already_sent": marked("sent before, as the sheet says"),
    "possibly_sent": marked("may have been sent before, as the sheet says"),
    "nothing_to_correct": marked("left out of a correction, as the sheet says"),
    "already_corrected": marked("corrected before, as the sheet says"),
    "hidden_row": marked("hidden in the workbook"),
    "not_selected": marked("not chosen"),
}


def _left_out(plan: SheetPlan) -> Iterator[LeftOut]:
    for code, rows in plan.tally.codes.items():
        if code in _REASONS:
            yield LeftOut(rows, words(_REASONS[code]))
    for before in plan.sent_before:
        why = words("may have been sent before") if before.in_doubt else words("sent before")
        yield LeftOut(before.rows, why, before.run_id, before.sent_at)
    if plan.reused:
        yield LeftOut(plan.reused, words("answered by an earlier look-up"))
