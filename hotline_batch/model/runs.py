"""The nouns of a run: what the ledger keeps of it and of its rows. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from hotline_batch.errors import Delivery as Delivery
from hotline_batch.issues.issue import Issue
from hotline_batch.model.jobs import JobState, Kind, Request, Status
from hotline_batch.model.sheets import Dialect, SheetLook, TypedCell
from hotline_batch.run_options import Limits, RunOptions

OF_USERS = "-users"
"""How the id ends of a run that only looks the users of another run up."""


def is_of_users(run_id: str) -> bool:
    """Whether a run only looks users up for a send: to go on with it sends nothing, as its sheet, sent again, does."""
    return run_id.endswith(OF_USERS)


class RunState(StrEnum):
    """Where a run stands. A run found RUNNING without a process that holds it was killed."""

    PLANNING = "planning"
    PLANNED = "planned"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"

    @classmethod
    def _missing_(cls, value: object) -> RunState:
        """A word that a newer version wrote: told as it is, and like none of these."""
        state = str.__new__(cls, str(value))
        state._name_, state._value_ = "OTHER", str(value)
        return state

    @property
    def is_known(self) -> bool:
        """Whether this version knows what the word means."""
        return self.name in RunState.__members__


@dataclass(frozen=True, slots=True)
class KeptLook:
    """What of a run's sheet comes back around its rows; ``header_row`` is where the header stood."""

    header_row: int = 1
    look: SheetLook = field(default_factory=SheetLook)


@dataclass(frozen=True, slots=True)
class UnusualLimits:
    """Those limits that were not the usual ones when a run was planned; None: as usual."""

    concurrency: int | None = None
    timeout_seconds: float | None = None
    attempts: int | None = None
    max_errors: str | None = None
    duplicate_window_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class InboxPlace:
    """Where the file of a run that an inbox started lies, or is being moved; empty paths: not decided yet."""

    is_put_away: bool = False
    sheet: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class RunNotes:
    """What the program itself noted on a run. Times are seconds since the epoch, UTC.

    ``connection`` is that of rows that name none; ``identities`` stand for connections in keys. ``is_practice``: a
    sandbox of this machine served it. ``waits_for_yes``: nobody has agreed to it yet. ``own_results`` are the paths at
    which it wrote its result, or was allowed to replace what is there; ``practised`` the SHA-256 of each result of a
    practice run, by path. ``last_rate`` is the rate chosen when it went on, ``limits_of_workers`` what was chosen for
    the workers that it was handed over to. ``timezone`` and ``message_text`` (that of the template, shortened) are told
    with the results. ``upload`` is the id of the upload that the sheet came by, empty where it came another way.
    ``trial_rows``: after so many rows the run stops for a person to look; None once that was reached, or where nobody
    asked for it. ``pruned_at``: when its cells were forgotten.
    ``owner_is_account``: it was planned by an account of the office, not by a user of the system. ``notify`` says where
    addresses are kept to which news of this run go, never an address.
    ``corrects`` is the run whose messages it corrects, empty for any other; ``corrected_by`` are the runs that correct
    this one, as the ledger links them when it is read.
    """

    connection: str = ""
    identities: Mapping[str, str] = field(default_factory=dict)
    is_practice: bool = False
    waits_for_yes: bool = False
    upload: str = ""
    trial_rows: int | None = None
    own_results: tuple[str, ...] = ()
    practised: Mapping[str, str] = field(default_factory=dict)
    last_rate: str = ""
    limits_of_workers: Limits = field(default_factory=Limits)
    timezone: str = ""
    message_text: str = ""
    unusual_limits: UnusualLimits = field(default_factory=UnusualLimits)
    look: KeptLook = field(default_factory=KeptLook)
    inbox: InboxPlace | None = None
    pruned_at: float | None = None
    owner_is_account: bool = False
    corrects: str = ""
    corrected_by: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()

    @property
    def lies_in_inbox(self) -> bool:
        """Whether its file lies in a watched folder: whoever watches that writes the result sheet."""
        return self.inbox is not None and not self.inbox.is_put_away


@dataclass(frozen=True, slots=True)
class Run:
    """One execution over one sheet, as the ledger knows it. Times are seconds since the epoch, UTC.

    ``options`` are what a person chose, ``notes`` what the program noted; neither holds a secret. ``sheet_path`` is
    ``-`` for standard input; ``active_seconds`` is the time spent sending, pauses between resumes left out.
    """

    id: str
    kind: Kind
    state: RunState
    created_at: float
    started_at: float | None
    finished_at: float | None
    sheet_path: str
    worksheet: str | None
    dialect: Dialect
    fingerprint: str
    header: tuple[str, ...]
    columns: Mapping[str, str]
    endpoint: str
    output_path: str
    options: RunOptions
    owner: str
    rows: int
    stop_code: str = ""
    stop_reason: str = ""
    active_seconds: float = 0.0
    notes: RunNotes = field(default_factory=RunNotes)

    @property
    def has_ended(self) -> bool:
        """Whether it says itself how it ended; one that nobody works on may only look interrupted."""
        is_stopped = self.state in {RunState.STOPPED, RunState.INTERRUPTED} and bool(self.stop_code)
        return self.state is RunState.FINISHED or is_stopped


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """What Hotline said of the same topic before: the whole reply, when (seconds since the epoch, UTC), which run."""

    fields: Mapping[str, object]
    finished_at: float
    run: str


class WhereToLook(NamedTuple):
    """What helps a person to look whether the message of a row in doubt is there.

    ``asked_at`` is when the message was asked for first, seconds since the epoch, UTC; ``topic_link`` is that of an
    earlier reply or of the sheet, empty where nobody knows it.
    """

    asked_at: float
    topic_link: str


class RowRecord(NamedTuple):
    """One input row and all that is known of it, as results are written from it.

    ``issues`` say why a row is not simply fine, the first of them first; ``fields`` is the API's whole reply;
    ``finished_at`` is seconds since the epoch, UTC. ``earlier`` is what was known of a look-up's topic before, where
    that was asked for. ``typed`` as in ``Row``.
    """

    number: int
    cells: tuple[str, ...]
    state: JobState
    request: Request | None
    connection: str
    issues: tuple[Issue, ...]
    http_status: int | None
    attempts: int
    finished_at: float | None
    topic_link: str
    fields: Mapping[str, object]
    earlier: EarlierAnswer | None = None
    typed: tuple[TypedCell, ...] = ()
    look: WhereToLook | None = None

    @property
    def code(self) -> str:
        """The code of the first issue; empty for a row that is simply fine."""
        return self.issues[0].code if self.issues else ""

    def status(self, kind: Kind) -> Status:
        """The word for this row in the result sheet."""
        return self.state.status(kind)

    def delivered(self) -> str:
        """``yes``, ``no`` or ``unknown``: whether the message of this row reached its topic.

        A row that was skipped because an earlier run sent its message, or may have, tells what that run knows.
        """
        match self.state:
            case JobState.SUCCEEDED:
                return "yes"
            case JobState.IN_FLIGHT | JobState.UNKNOWN:
                return "unknown"
            case JobState.SKIPPED:
                return {"already_sent": "yes", "possibly_sent": "unknown"}.get(self.code, "no")
            case _:
                return "no"
