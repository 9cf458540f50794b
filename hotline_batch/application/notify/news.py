"""What there is to tell of a run, of a file in an inbox, or to try whether telling works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from hotline_batch.model.jobs import Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run, is_of_users
from hotline_batch.results.files.output import STANDARD_OUTPUT
from hotline_batch.results.verdict import done_count
from hotline_batch.settings.model import Settings
from hotline_batch.settings.news import Topic


class NewsKind(StrEnum):
    """What happened; of several things at once, the first of these is what a message is called after."""

    APPROVAL_WAITS = "approval_waits"
    TRIAL_WAITS = "trial_waits"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    IN_DOUBT = "in_doubt"
    FAILING = "failing"
    ENDED = "ended"

    @property
    def topic(self) -> Topic:
        """What the settings call it."""
        return _TOPICS[self]


_TOPICS: Mapping[NewsKind, Topic] = MappingProxyType(
    {
        NewsKind.APPROVAL_WAITS: Topic.NEEDS_A_PERSON,
        NewsKind.TRIAL_WAITS: Topic.NEEDS_A_PERSON,
        NewsKind.STOPPED: Topic.STOPPED,
        NewsKind.INTERRUPTED: Topic.STOPPED,
        NewsKind.IN_DOUBT: Topic.NEEDS_A_PERSON,
        NewsKind.FAILING: Topic.FAILING,
        NewsKind.ENDED: Topic.ENDED,
    }
)


@dataclass(frozen=True, slots=True)
class RunNews:
    """News of a run: ``kinds`` in their order, and how it stands. ``sheet`` is the name of a file without its folder.

    ``prepared_by`` and the service's own words are told only where the settings ask for personal data; None elsewhere.
    """

    kinds: Sequence[NewsKind]
    sheet: str
    summary: RunSummary
    prepared_by: str | None = None

    @property
    def kind(self) -> NewsKind:
        """What the message is called after."""
        return self.kinds[0]

    @property
    def result(self) -> str:
        """The name of the result sheet without its folder; empty where there is no such file."""
        return "" if self.summary.result == STANDARD_OUTPUT else Path(self.summary.result).name


@dataclass(frozen=True, slots=True)
class FileNews:
    """A file of an inbox that could not be used. ``reason`` is empty where it may name people."""

    file: str
    inbox: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TestNews:
    """Nothing happened: somebody tries whether news arrive."""

    __test__ = False  # no test of pytest's


News: TypeAlias = RunNews | FileNews | TestNews

FEWEST_FAILING = 3
"""So many failed rows are no bad luck any more."""

# Before so many rows were tried, a quarter of them means nothing.
_FEWEST_TRIED = 20


def is_failing(counts: Mapping[Status, int]) -> bool:
    """Whether a quarter of the rows of a run failed: of all, or of those that were tried, once these are 20.

    Rows that could not be used, or were left out on purpose, do not count.
    """
    failing = counts.get(Status.FAILED, 0) + counts.get(Status.UNKNOWN, 0)
    tried = failing + done_count(counts)
    to_try = tried + counts.get(Status.NOT_ATTEMPTED, 0)
    return failing >= FEWEST_FAILING and (failing * 4 >= to_try or (tried >= _FEWEST_TRIED and failing * 4 >= tried))


def somebody_listens(settings: Settings, run: Run) -> bool:
    """Whether anybody is told of this run; of one that only looks users up for another, nobody is."""
    return bool(run.notes.notify or not settings.news.is_silent) and not is_of_users(run.id)
