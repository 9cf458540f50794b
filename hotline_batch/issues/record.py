"""What is known of a code, and the shapes that the records of one subject share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from hotline_batch.next_step import NextStep


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
