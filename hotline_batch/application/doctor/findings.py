"""What a look found: fine, worth a look or in the way."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hotline_batch.language.words import marked
from hotline_batch.next_step import Told

SUBJECTS = marked(
    (
        "version",
        "setting",
        "settings",
        "log",
        "connections",
        "news",
        "proxy",
        "service",
        "clock",
        "certificate",
        "disk",
        "ledger",
    )
)
"""What findings are about, but for secrets, which have names of their own."""


class Level(StrEnum):
    """How much a finding matters."""

    OK = marked("ok")
    WARNING = marked("warning")
    PROBLEM = marked("problem")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. ``cure`` is what to do; empty where nothing is."""

    subject: str
    level: Level
    said: Told
    cure: Told = ""


def ok(subject: str, said: Told, hint: Told = "") -> Finding:
    """All is well there."""
    return Finding(subject, Level.OK, said, hint)


def warning(subject: str, said: Told, cure: Told = "") -> Finding:
    """Worth a look."""
    return Finding(subject, Level.WARNING, said, cure)


def problem(subject: str, said: Told, cure: Told) -> Finding:
    """In the way of every run."""
    return Finding(subject, Level.PROBLEM, said, cure)
