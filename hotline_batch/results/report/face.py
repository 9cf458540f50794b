"""Whose words a report uses for what is to be done: those of the face that makes it, by default neutral ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hotline_batch.issues.codes import advice_for
from hotline_batch.next_step import SaysHow


@dataclass(frozen=True, slots=True)
class Face:
    """The words for a step, and the advice about rows with a code."""

    say: SaysHow = str
    advise: Callable[[str], str] = advice_for


NEUTRAL: Final = Face()
