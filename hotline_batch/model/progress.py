"""The nouns of a run that goes on or has ended: its lanes, how far it is, and its summary. Values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from hotline_batch.errors import Delivery as Delivery
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.runs import RunState
from hotline_batch.next_step import Advised
from hotline_batch.run_options import RunOptions


class LaneState(StrEnum):
    """Where a lane of a run stands: the rows that share a pace, and are worked on by one worker at a time."""

    WAITING = "waiting"
    """For somebody to take it."""
    DRIVING = "driving"
    """Somebody took it; whether that worker is still there, its heartbeat tells."""
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class LaneProgress:
    """How far a lane is.

    ``counts`` are all its rows. ``rows``, ``done`` and ``seconds`` are those of the present session, or the last one.
    ``pace_share`` is the share of the allowed pace that is used; ``waiting_until`` (seconds since the epoch, UTC) when
    its next request leaves, None where that is at once, and ``waiting_code`` why it waits where the service asked for
    that, or cannot be reached.
    """

    counts: Mapping[Status, int] = field(default_factory=dict)
    rows: int = 0
    done: int = 0
    seconds: float = 0.0
    pace_share: float = 1.0
    waiting_until: float | None = None
    waiting_code: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a session is.

    ``waiting_seconds`` is the time to the next request while the engine waits, 0 while it works. ``rows`` and ``done``
    count the rows that this session has to do; ``pace`` is the share of the allowed rate that is used at present.
    ``closed_until`` (seconds since the epoch, UTC) is when the hours in which requests may leave begin again, None
    within them; the time outside of them does not count as elapsed.
    """

    rows: int
    done: int
    counts: Mapping[Status, int]
    elapsed_seconds: float
    seconds_left: float | None
    waiting_seconds: float
    pace: float
    stopping: bool
    closed_until: float | None = None


OnProgress: TypeAlias = Callable[[Progress], None]
"""Whoever is told how far a session is."""


@dataclass(frozen=True, slots=True)
class RowsAgain:
    """Rows of a sheet that are to be planned once more, as they were before.

    ``rows`` such as ``2-4,9``, empty where they are too many to name; ``output`` is where the result of that run is.
    """

    sheet: str
    output: str
    options: RunOptions
    rows: str = ""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a run ended: counts by status that add up to ``rows``, and the rows behind each code.

    ``row_numbers`` holds the first few row numbers of each code, in sheet order; ``result`` is the path of the result
    sheet, empty where it could not be written, for the reason in ``result_problem``. ``left_out`` rows are counted, but
    not in the result sheet, since only changes were asked for; ``topic_statuses`` counts enriched rows by the status of
    their dialog, ``changed`` those whose dialog differs from before, ``needing_a_person`` those that the worksheet
    Problems lists. ``is_practice``: nothing of it was real. ``again`` is what plans the invalid rows once
    more, after they were mended in the sheet; None where there are none. ``corrects`` and ``corrected_by`` are the runs
    that it is linked with.
    """

    run: str
    kind: Kind
    state: RunState
    exit_code: int
    rows: int
    counts: Mapping[Status, int]
    codes: Mapping[str, int]
    row_numbers: Mapping[str, tuple[int, ...]]
    result: str
    seconds: float
    rate: str
    stop_code: str = ""
    stop_reason: str = ""
    result_problem: Advised | None = None
    left_out: int = 0
    topic_statuses: Mapping[str, int] = field(default_factory=dict)
    changed: int = 0
    needing_a_person: int = 0
    is_practice: bool = False
    again: RowsAgain | None = None
    corrects: str = ""
    corrected_by: tuple[str, ...] = ()
