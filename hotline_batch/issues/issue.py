"""One thing that is to be told of a row: data, made into words only where it is shown; and what is known of a code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from hotline_batch.errors import NO_PARAMETERS
from hotline_batch.next_step import NextStep

Parameters: TypeAlias = Mapping[str, str | int]

NONE: Parameters = NO_PARAMETERS

TEXT = "text"
"""A sentence that stands for itself: written by an older version, or by somebody else."""
CASE = "case"
"""Which of the sentences of its code is meant."""
CAUSE = "cause"
"""Another code, whose sentence tells what happened, and behind blanks what caused that; the other parameters are
those of the last of these sentences."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A code with what its sentence needs to know.

    ``column`` is the header as the person wrote it, empty where it is about the whole row; ``shown`` is the cell as the
    person sees it, shortened. Holds no secret. Two issues with the same parts are equal.
    """

    code: str
    column: str = ""
    shown: str = ""
    parameters: Parameters = field(default_factory=lambda: NONE, hash=False)

    @classmethod
    def worded(cls, code: str, text: str) -> Issue:
        """An issue whose sentence is made already; without a text, it is told by what its code means."""
        return cls(code, parameters={TEXT: text} if text else NONE)


def because_of(code: str, cause: Issue, **more: str | int) -> Issue:
    """An issue that came about through another one, whose sentence is a part of its own."""
    causes = f"{cause.code} {cause.parameters.get(CAUSE, '')}".strip()
    return Issue(code, parameters={**cause.parameters, CAUSE: causes, **more})


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """All that is ever said of one code.

    ``delivered`` begins with ``yes``, ``no`` or ``unknown``; ``again`` says whether the row may be sent again;
    ``advice`` says what to do, without a command of any one face, and ``next_step`` the same as data.

    ``cases`` are the sentences for a row, by the parameter ``case``; without such a parameter it is the one under the
    empty name, else the meaning. They hold named parameters: ``{said}``, or ``{found:cell|cells}`` for a number with
    what is counted.

    ``task`` is what ``check`` says is to be done, with ``{things}`` for how many of what; ``about`` is the field that
    the things are of, empty where that is told by the column. The names of ``things`` are in ``tasks``.
    """

    code: str
    meaning: str
    delivered: str
    again: str
    advice: str
    cases: Mapping[str, str] = field(default_factory=dict)
    next_step: NextStep | None = None
    task: str = "fix {things}"
    about: str = ""


STILL_WRONG = "still_wrong"
"""Case of a row that an earlier result sheet, used as a sheet again, calls invalid."""
STILL_WRONG_WORDS = (
    "{earlier} Not every result sheet shows this. Mend the row in the original sheet; or mend it here, and empty its "
    "hotline_error_code cell."
)


def unusable(
    code: str,
    meaning: str,
    advice: str,
    says: str | Mapping[str, str] = "",
    *,
    task: str = "fix {things}",
    about: str = "",
    again: str = "after mending the sheet",
    next_step: NextStep = NextStep.MEND_ROW,
) -> IssueRecord:
    """A row that cannot be used, so that no request was made."""
    cases = {"": says} if isinstance(says, str) else dict(says)
    cases[STILL_WRONG] = STILL_WRONG_WORDS
    return IssueRecord(code, meaning, "no", again, advice, cases, next_step, task, about)


# What an answer of the service, or of somebody in front of it, is told as. ``said`` is in its own words.
ANSWERED: Mapping[str, str] = MappingProxyType(
    {
        "status": "HTTP {status}: {said}",
        "silent": "HTTP {status} without a text",
        "page": "HTTP {status}: {said} (this looks like a page of {whose} in your network, not like the service)",
        "silent_page": "HTTP {status} without a text (this looks like a page of {whose} in your network, not like the "
        "service)",
        "success": "The service answered: {said}",
    }
)


def refused(
    code: str,
    meaning: str,
    again: str,
    advice: str,
    next_step: NextStep,
    cases: Mapping[str, str] = ANSWERED,
) -> IssueRecord:
    """A row that was certainly not delivered, whatever was tried."""
    return IssueRecord(code, meaning, "no", again, advice, cases, next_step)


LOOK_AND_SETTLE = "Look into the topic, then settle this row (resolve)."


def in_doubt(
    code: str, meaning: str, cases: Mapping[str, str] = ANSWERED, advice: str = LOOK_AND_SETTLE
) -> IssueRecord:
    """A row that may have been delivered."""
    return IssueRecord(code, meaning, "unknown", "never by itself", advice, cases, NextStep.RESOLVE)
