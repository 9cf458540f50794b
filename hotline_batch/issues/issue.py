"""One thing that is to be told of a row: data, made into words only where it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from hotline_batch.errors import NO_PARAMETERS

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
