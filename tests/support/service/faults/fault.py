"""One way in which the service can misbehave, and what a truthful client may say about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.service.exchange import Exchange


class Verdict(StrEnum):
    """What is to become of a message that met a fault.

    ``SENT``: confirmed. ``FAILED``: the API said no, never to be repeated by itself. ``UNKNOWN``: may be delivered,
    never to be repeated by itself. ``RETRY``: certainly not delivered, safe to send again. ``STOP``: certainly not
    delivered, and the whole run is to end here, since every other row would meet the same.
    """

    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    RETRY = "retry"
    STOP = "stop"


NOT_DELIVERED = frozenset({Verdict.FAILED, Verdict.RETRY, Verdict.STOP})


class Applied(StrEnum):
    """Whether the service really posts the message: ``LATER`` means after the client has its answer or has left."""

    NO = "no"
    YES = "yes"
    LATER = "later"


class Stage(Enum):
    """The moment at which the fault takes over: of a connection, of a request head, of a complete request."""

    CONNECTION = 1
    HEAD = 2
    REQUEST = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour. The server applies the message first where ``applied`` is ``YES``, then runs ``behave``.

    ``decidable`` is the best verdict of a client that may only trust proof; ``may_also_be`` holds verdicts that are
    true as well (a race of the sockets, or a choice of the client). ``seconds`` is the fault's one duration: how long
    it hangs, the pause between slow bytes, how long the service stays down, the delay of a late posting.
    ``told_wait`` is the wait in seconds that the answer asks for, if it says one that can be understood.
    """

    name: str
    behave: Callable[[Exchange], None]
    decidable: Verdict
    applied: Applied = Applied.NO
    stage: Stage = Stage.REQUEST
    may_also_be: frozenset[Verdict] = frozenset()
    stops_run: bool = False
    seconds: float = 0.0
    told_wait: float | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def acceptable(self) -> frozenset[Verdict]:
        """Every verdict that is true of this fault."""
        return self.may_also_be | {self.decidable}

    @property
    def may_be_delivered(self) -> bool:
        """Whether the message is in its topic in the end."""
        return self.applied is not Applied.NO

    def lasting(self, seconds: float) -> Fault:
        """The same fault with another duration."""
        return replace(self, seconds=seconds)


def applied_or_not(fault: Fault) -> tuple[Fault, Fault]:
    """The twins that no client can tell apart: the message was posted before the fault, or was not."""
    return (
        replace(fault, name=f"{fault.name}_applied", applied=Applied.YES),
        replace(fault, name=f"{fault.name}_not_applied", applied=Applied.NO),
    )
