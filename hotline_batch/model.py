"""The nouns: what flows from a sheet's row to a line of the result sheet. Values only; nothing here touches a file.

Sheet ──► Row ──► Job | RejectedRow | SkippedRow ──► Attempt* ──► Outcome ──► RowRecord
file      cells   a decision while planning          one call     how it ended   what the ledger knows
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from hotline_batch.errors import Delivery as Delivery
from hotline_batch.issues.issue import Issue
from hotline_batch.next_step import Advised
from hotline_batch.run_options import Limits, RunOptions

OWN_PREFIX: Final = "hotline_"
"""How every column begins that the program adds to a sheet."""

HEADER_NAME: Final = "hotline_header"
"""How a workbook that the program wrote calls the row of its header, where titles stand above it."""

TOPIC_LINK: Final = re.compile("https://t\\.me/c/([0-9]{1,12})/[0-9]{1,10}")
"""A topic link as the API writes it, with its group; nothing else becomes a hyperlink by itself."""


MESSAGE_LINK: Final = re.compile("https://t\\.me/c/([0-9]{1,12})/[0-9]{1,10}(?:/[0-9]{1,10})?")
"""The same, or the link of one message in a topic, as evidence names it."""


class Kind(StrEnum):
    """What a run does with each row."""

    SEND = "send"
    ENRICH = "enrich"


class Status(StrEnum):
    """The final word about a row in the result sheet; exactly one of these."""

    SENT = "sent"
    ENRICHED = "enriched"
    FAILED = "failed"
    UNKNOWN = "unknown"
    INVALID = "invalid"
    SKIPPED = "skipped"
    NOT_ATTEMPTED = "not_attempted"


class JobState(StrEnum):
    """Where a row stands in the ledger; spelled here once."""

    PENDING = "pending"
    IN_FLIGHT = "in_flight"
    WAITING = "waiting"
    """An earlier row of the sheet asks the same; this row gets whatever becomes of that one."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    SKIPPED = "skipped"

    def status(self, kind: Kind) -> Status:
        """The word for such a row in the result sheet. A send still in flight may have been delivered."""
        match self:
            case JobState.SUCCEEDED:
                return Status.SENT if kind is Kind.SEND else Status.ENRICHED
            case JobState.IN_FLIGHT:
                return Status.UNKNOWN if kind is Kind.SEND else Status.NOT_ATTEMPTED
            case JobState.PENDING | JobState.WAITING:
                return Status.NOT_ATTEMPTED
            case JobState.FAILED:
                return Status.FAILED
            case JobState.UNKNOWN:
                return Status.UNKNOWN
            case JobState.REJECTED:
                return Status.INVALID
            case JobState.SKIPPED:
                return Status.SKIPPED


def statuses_of(kind: Kind) -> tuple[Status, ...]:
    """The words that rows of such a run can end with, in their order."""
    other = Status.ENRICHED if kind is Kind.SEND else Status.SENT
    return tuple(status for status in Status if status is not other)


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


# ── the sheet ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the bytes of a sheet are read; ``encoding``, a codec of Python, and ``delimiter`` are empty for workbooks."""

    format: str
    encoding: str = ""
    delimiter: str = ""

    @property
    def shown_encoding(self) -> str:
        """The encoding as people write it: UTF-8, with or without a mark before the text; a code page as it is."""
        name = self.encoding.removesuffix("-sig")
        return name.upper() if name.startswith("utf-") else name


class CellKind(StrEnum):
    """What a cell of a workbook holds."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    ERROR = "error"


class TypedCell(NamedTuple):
    """What a cell of a workbook is beyond its text, so that a result workbook can give it back as it was.

    ``column`` is an index into the header. ``value`` is the stored number; of a date, the days since 1899-12-30, of a
    duration, its days; None where the text says it all. ``number_format`` is the format's code, empty for General;
    ``link`` is the address behind the cell.
    """

    column: int
    kind: CellKind
    value: float | None = None
    number_format: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """How wide a column is, in characters, and whether it is hidden; ``column`` is an index into the header."""

    column: int
    width: float | None = None
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class SheetLook:
    """What of a workbook is no row below the header, but comes back with a result: rows above it, and columns' looks.

    Columns that look like any other are left out.
    """

    titles: tuple[Row, ...] = ()
    columns: tuple[ColumnLook, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One input table: where it came from and what its columns are called.

    ``path`` is None for standard input; ``fingerprint`` is the SHA-256 of the whole file, in hex;
    ``header_row`` is the row number of the header as the spreadsheet program shows it.
    """

    name: str
    path: Path | None
    dialect: Dialect
    header: tuple[str, ...]
    header_row: int
    fingerprint: str
    worksheet: str | None = None
    look: SheetLook = SheetLook()


def header_form(name: str) -> str:
    """A header without case, blanks, ``_``, ``-`` and everything else that is neither letter nor digit."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


@dataclass(frozen=True, slots=True)
class Remark:
    """What the file says of a cell beyond its text; ``column`` is an index into the header, -1 for the whole row.

    Codes: ``link_target`` (``detail`` is the address), ``error_value``, ``formula_without_value``, ``formula``,
    ``date``, ``boolean``, ``digits_lost`` (a number cell beyond 15 digits), ``number_format`` (a number that is seen
    in a format of its own), ``number`` (the first number cell of a column, and its first with decimals), ``merged``,
    ``hidden_row``, ``too_many_cells``, ``too_few_cells``.
    """

    column: int
    code: str
    detail: str = ""


class Row(NamedTuple):
    """One row of the sheet: its number as the spreadsheet program shows it, and its cells as text.

    There is a cell for each named column at least; where the last columns have no names, a row may end before them.
    ``typed`` tells of those cells of a workbook that are more than their text, in the order of columns.
    """

    number: int
    cells: tuple[str, ...]
    remarks: tuple[Remark, ...] = ()
    typed: tuple[TypedCell, ...] = ()

    @property
    def is_hidden(self) -> bool:
        """Whether the workbook hides or filters it out."""
        return any(remark.code == "hidden_row" for remark in self.remarks)


# ── what is asked of the API ─────────────────────────────────────────────────────────────────────────────────────────


class SendMessage(NamedTuple):
    """Post ``message`` for the operators into the topic of ``user_id``. Cannot be repeated safely."""

    user_id: int
    message: str

    @property
    def idempotent(self) -> bool:
        """Whether asking twice is the same as asking once."""
        return False


class GetTopicInfo(NamedTuple):
    """Look one topic up. A read: may be repeated."""

    group_id: int
    topic_id: int

    @property
    def idempotent(self) -> bool:
        """Whether asking twice is the same as asking once."""
        return True

    @property
    def link(self) -> str:
        """The link that opens the topic in Telegram."""
        return f"https://t.me/c/{self.group_id}/{self.topic_id}"


Request: TypeAlias = SendMessage | GetTopicInfo


@dataclass(frozen=True, slots=True)
class Connection:
    """One Hotline connection as a row may name it.

    ``identity`` stands for the connection in keys: the same message through the same identity is the same message.
    ``service`` stands for it in result sheets, see ``settings.practice``. Holds no secret.
    """

    name: str
    identity: str
    service: str = ""


# ── what planning makes of a row ─────────────────────────────────────────────────────────────────────────────────────


class Job(NamedTuple):
    """A promise: this row's request, once. ``key`` tells it from all others, see ``keys``."""

    row_number: int
    request: Request
    connection: str
    key: bytes
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be used."""

    row_number: int
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row left out on purpose; the issue's code is ``duplicate_in_sheet``, ``already_sent``, ``not_selected``, ..."""

    row_number: int
    issue: Issue


Decision: TypeAlias = Job | RejectedRow | SkippedRow


class PlannedRow(NamedTuple):
    """A row with what planning decided about it."""

    row: Row
    decision: Decision


# ── what became of it ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class MessageSent:
    """The API's confirmation of a message; ``fields`` is the whole reply, unknown fields included."""

    topic_link: str
    message: str
    chat_id: str
    thread_id: str
    fields: Mapping[str, object] = field(default_factory=dict)
    http_status: int = 200


@dataclass(frozen=True, slots=True)
class TopicInfo:
    """What the API knows of one topic; ``fields`` is the whole reply in the API's order, unknown fields included.

    ``user_id`` and the other fields of a person are missing for group chats; times stay as the API writes them,
    without a zone.
    """

    group_id: str
    topic_id: str
    topic_status: str = ""
    topic_title: str = ""
    topic_last_date: str = ""
    frontend_type: str = ""
    user_id: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    http_status: int = 200


Reply: TypeAlias = MessageSent | TopicInfo


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP request, for audit. ``started_at`` is seconds since the epoch, UTC; ``duration_seconds`` monotonic."""

    number: int
    started_at: float
    duration_seconds: float
    http_status: int | None
    error_code: str
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The API confirmed the row; ``warning`` is what is to be told all the same."""

    topic_link: str
    fields: Mapping[str, object]
    http_status: int | None
    warning: Issue | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Certainly not delivered."""

    issue: Issue
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """May have been delivered; never sent again by itself."""

    issue: Issue
    http_status: int | None = None


Outcome: TypeAlias = Succeeded | Failed | Unknown


# ── what the ledger keeps ────────────────────────────────────────────────────────────────────────────────────────────


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
