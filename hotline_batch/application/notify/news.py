"""What there is to tell of a run, of a file in an inbox, or to try whether telling works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from hotline_batch.application.runs.new_run import OF_USERS
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run
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
class Personal:
    """What is told of people only where the settings ask for it: who prepared the run, what the service answered."""

    prepared_by: str
    stop_reason: str


@dataclass(frozen=True, slots=True)
class RunNews:
    """News of a run: ``kinds`` in their order. ``sheet`` and ``result`` are names of files without their folders."""

    kinds: Sequence[NewsKind]
    run: str
    sheet: str
    does: Kind
    counts: Mapping[Status, int]
    codes: Mapping[str, int]
    row_numbers: Mapping[str, Sequence[int]]
    stop_code: str
    result: str
    is_practice: bool
    personal: Personal | None = None

    @property
    def kind(self) -> NewsKind:
        """What the message is called after."""
        return self.kinds[0]

    @property
    def rows(self) -> int:
        """All rows of the run."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """Rows that were sent, or looked up."""
        return self.counts.get(Status.SENT, 0) + self.counts.get(Status.ENRICHED, 0)

    @property
    def to_look_at(self) -> int:
        """Rows that somebody has to look at."""
        return sum(self.counts.get(status, 0) for status in (Status.FAILED, Status.UNKNOWN, Status.INVALID))


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
    tried = failing + counts.get(Status.SENT, 0) + counts.get(Status.ENRICHED, 0)
    to_try = tried + counts.get(Status.NOT_ATTEMPTED, 0)
    return failing >= FEWEST_FAILING and (failing * 4 >= to_try or (tried >= _FEWEST_TRIED and failing * 4 >= tried))


def kinds_of(summary: RunSummary, *, how: NewsKind) -> Iterator[NewsKind]:
    """What there is to tell of a run that ended, and ``how`` it did."""
    yield how
    if summary.counts.get(Status.UNKNOWN):
        yield NewsKind.IN_DOUBT
    if is_failing(summary.counts):
        yield NewsKind.FAILING


def in_order(kinds: Sequence[str] | frozenset[str]) -> Sequence[NewsKind]:
    """What a message is called after first."""
    return [kind for kind in NewsKind if kind.value in kinds]


def somebody_listens(settings: Settings, run: Run) -> bool:
    """Whether anybody is told of this run; of one that only looks users up for another, nobody is."""
    return bool(run.notes.notify or not settings.news.is_silent) and not run.id.endswith(OF_USERS)
