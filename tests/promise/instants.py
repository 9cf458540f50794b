"""The instants between a row's promise and its result sheet at which a process may die: SIGKILL, by its own hand.

Only ever called in a child that is to die. It wraps the functions that cross each line and changes nothing else, except
that a claim may wait for a slow disk: one that is told twice would count twice.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Any


class Instant(StrEnum):
    """A line that a row, or the run, crosses."""

    CLAIM_COMMITTED = "claim_committed"
    BODY_SENT = "body_sent"
    ANSWER_READ = "answer_read"
    OUTCOME_COMMITTED = "outcome_committed"
    STATE_CHANGED = "state_changed"
    RESULT_REPLACED = "result_replaced"


@dataclass(frozen=True, slots=True)
class Death:
    """The process dies right before or right after it crosses the line for the ``nth`` time, from 1."""

    instant: str
    after: bool
    nth: int = 1


def die_at(death: Death) -> None:
    """Arrange the death of this process."""
    from hotline_batch.application.runs import concluding, driving  # noqa: PLC0415 - see below
    from hotline_batch.client.network import connections  # noqa: PLC0415 - of the child alone
    from hotline_batch.client.network.evidence import Body  # noqa: PLC0415 - the same
    from hotline_batch.client.network.transport import Transport  # noqa: PLC0415 - the same
    from hotline_batch.ledger.journal.entries import Claim, Record  # noqa: PLC0415 - the same
    from hotline_batch.ledger.journal.journal import Journal  # noqa: PLC0415 - the same
    from hotline_batch.ledger.ledger import Ledger  # noqa: PLC0415 - the same
    from hotline_batch.results.files import atomic  # noqa: PLC0415 - the same

    def holds(kind: type) -> Callable[..., int]:
        return lambda _journal, batch: sum(isinstance(entry, kind) for entry in batch.entries)

    def is_body(_connection: Any, data: Any) -> int:
        return isinstance(data, Body)

    match Instant(death.instant):
        case Instant.CLAIM_COMMITTED:
            _wrap(Journal, "_commit", death, holds(Claim))
        case Instant.OUTCOME_COMMITTED:
            _wrap(Journal, "_commit", death, holds(Record))
        case Instant.BODY_SENT:
            _wrap(connections.Watched, "send", death, is_body)
        case Instant.ANSWER_READ:
            _wrap(Transport, "post", death, lambda *_arguments: 1)
        case Instant.STATE_CHANGED:
            ticket = count(1)  # it goes on in the step that lays it out
            for name in ("change_run", "change_held"):
                _wrap(Ledger, name, death, lambda *_arguments, **changes: int("state" in changes), ticket)
            _wrap(concluding, "keep_end", death, lambda *_arguments: 1, ticket)
            _wrap(driving, "lay_out", death, lambda *_arguments, **_more: 1, ticket)
        case Instant.RESULT_REPLACED:
            _wrap(atomic, "_publish", death, lambda *_arguments, **_more: 1)


def _wrap(
    owner: Any, name: str, death: Death, crossings: Callable[..., int], ticket: Iterator[int] | None = None
) -> None:
    """Die around the call in which the nth crossing falls; a commit may hold several."""
    original = getattr(owner, name)
    ticket = ticket or count(1)

    def wrapped(*arguments: Any, **more: Any) -> Any:
        numbers = [next(ticket) for _ in range(crossings(*arguments, **more))]
        is_the_one = death.nth in numbers
        if is_the_one and not death.after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **more)
        if is_the_one:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, wrapped)
