"""What `approve` and `reject` do: show what was prepared, ask, keep the decision."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from hotline_batch.application.office.approvals import (
    ApprovalQuestion,
    approval_question,
    approve_run,
    messages_to_approve,
    reject_run,
)
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console
from hotline_batch.cli.screen.wording import day_and_time
from hotline_batch.errors import LedgerError
from hotline_batch.language.words import words
from hotline_batch.results.formatting import utc_text
from hotline_batch.settings.model import Settings


def approve(run_id: str, note: str, *, yes: bool, as_json: bool, options: Mapping[str, Any]) -> int:
    """Show what a run would send, ask, and approve it; the exit code."""
    settings = values.settings_of(options)
    console = Console(as_json=as_json)
    asked = _asked_about(settings, run_id)
    if asked.is_open:
        _show(console, settings, asked)
    # Whoever may not, and what is decided already, is told by approve_run; nobody is asked a question for nothing.
    asks = asked.is_open and asked.may_decide and not yes
    if asks and not console.agrees(
        words("Approve {count:message|messages}?", count=asked.messages),
        or_else=words("Nothing was approved."),
        without_terminal=words("There is no terminal to ask on. Look at the run, then pass --yes."),
    ):
        return 2
    decided = approve_run(settings, run_id, note=note, seen=asked.digest)
    console.result(
        words(
            "Run {run} is approved by {person}. {count:message|messages} can be sent:",
            run=run_id,
            person=decided.decided_by,
            count=decided.messages,
        )
    )
    console.result(f"  hotline-batch resume {run_id}{values.pointing(options)}")
    return _answered(console, decided, as_json=as_json)


def reject(run_id: str, note: str, *, as_json: bool, options: Mapping[str, Any]) -> int:
    """Reject what a run would send; the exit code."""
    settings = values.settings_of(options)
    console = Console(as_json=as_json)
    asked = _asked_about(settings, run_id)
    decided = reject_run(settings, run_id, note, seen=asked.digest)
    console.result(
        words(
            "Run {run_id} is rejected by {decided_by}. Nothing of it is sent.",
            run_id=run_id,
            decided_by=decided.decided_by,
        )
    )
    return _answered(console, decided, as_json=as_json)


def _asked_about(settings: Settings, run_id: str) -> ApprovalQuestion:
    asked = approval_question(settings, run_id)
    if asked is None:
        raise LedgerError(words("Nobody asked for an approval of run {run_id}. It needs none.", run_id=run_id))
    return asked


def _show(console: Console, settings: Settings, asked: ApprovalQuestion) -> None:
    run = asked.run
    console.say(
        words(
            "Run {run}: {sheet_path}, prepared by {asked_by}.",
            run=run.id,
            sheet_path=run.sheet_path,
            asked_by=asked.prepared_by.name,
        )
    )
    console.say(
        words(
            "{count:message|messages} through {connections}. Plan {mark}.",
            count=asked.messages,
            connections=", ".join(asked.connections) or words("no connection"),
            mark=asked.mark,
        )
    )
    if asked.hours:
        console.say(words("Only within these hours: {hours}.", hours=asked.hours))
    if asked.begins_at is not None:
        moment = day_and_time(asked.begins_at, time.time(), settings.timezone)
        console.say(words("It begins {moment}, once somebody lets it go on.", moment=moment))
    if asked.second_copies:
        console.say(
            words(
                "{messages:message|messages} of these may have arrived already, and would go out again.",
                messages=asked.second_copies,
            )
        )
    shown = messages_to_approve(settings, run.id)
    for each in shown:
        about = {"row": each.row, "user": each.user_id, "message": each.message}
        if each.is_resend:
            console.say("  " + words("row {row}, user {user} (again): {message}", **about))
        else:
            console.say("  " + words("row {row}, user {user}: {message}", **about))
    if asked.messages > len(shown):
        console.say("  " + words("… and {count:,} more.", count=asked.messages - len(shown)))


def _answered(console: Console, asked: ApprovalQuestion, *, as_json: bool) -> int:
    if not as_json:
        return 0
    approval = asked.approval
    told = {
        "run": asked.run.id,
        "decision": approval.decision.value,
        "messages": asked.messages,
        "plan": asked.digest,
        "asked_by": approval.asked_by.name,
        "decided_by": asked.decided_by,
        "decided_at": utc_text(approval.decided_at),
        "note": approval.note,
    }
    return 0 if console.data(told) else 1
