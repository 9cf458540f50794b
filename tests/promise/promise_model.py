"""What is true of a run's rows, told from the service's own record: the model that the program is judged by.

Each process of the program carries a name of its own as its User-Agent, so every request is traced to its command and
its run. Nothing here asks the program what it thinks.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.processes.journey import delivered, read_sheet
from tests.support.service.hostile_server import HostileServer

Entry = tuple[str, str]
Key = tuple[int, str]

WINDOW_HOURS = 24
LEFT_TO_ANOTHER = {"duplicate_in_sheet", "already_corrected", "nothing_to_correct"}


def as_csv(entries: Sequence[Entry]) -> str:
    """A sheet of user ids and messages."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("user_id", "message"), *entries])
    return text.getvalue()


@dataclass(slots=True)
class Sheet:
    """A CSV file of user ids and messages; a person may edit it at any time."""

    path: Path
    entries: list[Entry]

    def write(self) -> None:
        """Put the entries into the file."""
        self.path.write_text(as_csv(self.entries), "utf-8", newline="")


@dataclass(eq=False, slots=True)
class Row:
    """One row of a run as the model expects it; ``key`` is None where the row cannot be sent.

    ``is_left_out``: it says itself that it was sent, or its user never got what is corrected. ``said_wrongly``: a
    person's word about it was not true. ``word`` is the last word, until the row is sent again.
    """

    number: int
    entry: Entry
    key: Key | None
    is_repeat: bool
    is_left_out: bool = False
    word: str = ""
    said_wrongly: bool = False

    @property
    def is_never_sent(self) -> bool:
        """Whether nothing leaves for this row, whatever happens."""
        return self.key is None or self.is_repeat or self.is_left_out


@dataclass(eq=False, slots=True)
class RunModel:
    """One run: its rows as they stood when it was planned, and the last result sheet.

    ``begun`` is in hours after the beginning.
    """

    id: str
    output: Path
    rows: list[Row]
    commands: set[str] = field(default_factory=set)
    corrects: RunModel | None = None
    begun: float = 0.0
    seen: list[dict[str, str]] = field(default_factory=list)
    is_at_its_end: bool = False
    is_forgotten: bool = False

    @property
    def above(self) -> list[RunModel]:
        """The run that this one corrects, the one that that one corrects, and so on."""
        return [self.corrects, *self.corrects.above] if self.corrects else []

    def saying(self, key: Key) -> list[int]:
        """The positions of the rows that say this to this user, copies of one another among them."""
        return [position for position, row in enumerate(self.rows) if row.key == key]

    def with_status(self, status: str) -> list[Row]:
        """The rows that have this status in the last result sheet."""
        return [row for row, seen in zip(self.rows, self.seen, strict=True) if seen["hotline_status"] == status]

    def in_doubt(self, *, misled: bool) -> int:
        """How many rows are in doubt. ``misled``: but for those whose topic is another than the known one, since a
        confirmation has named somebody else's topic before, and that may be the one that is known.
        """
        return sum(
            seen["hotline_status"] == "unknown" and not (misled and seen["hotline_error_code"] == "another_topic")
            for seen in self.seen
        )


def rows_of(entries: Sequence[Entry]) -> list[Row]:
    """The rows of a sheet: numbered as a spreadsheet program shows them, blank lines left out."""
    rows, keys = [], set[Key]()
    for number, (user, message) in enumerate(entries, start=2):
        key = (int(user), message) if user.isdecimal() and message else None
        if user or message:
            rows.append(Row(number, (user, message), key, is_repeat=key in keys))
        if key:
            keys.add(key)
    return rows


def rows_of_result(seen: Sequence[Mapping[str, str]], *, is_correction: bool) -> list[Row]:
    """The rows of a result sheet that is used as a sheet: what it calls sent, or perhaps sent, is left out.

    Whatever a correction was not given is open with its own text, which the sheet of a correction still holds.
    """
    rows = rows_of([(row["user_id"], row["message"]) for row in seen])
    left = set[str]() if is_correction else LEFT_TO_ANOTHER
    for row, said in zip(rows, seen, strict=True):
        row.is_left_out = said["hotline_status"] in {"sent", "unknown"} or said["hotline_error_code"] in left
    return rows


def rows_of_correction(corrected: RunModel, message: str, *, include_unknown: bool) -> list[Row]:
    """The rows of a correction: whoever got what it corrects, or may have where these are wanted, gets it once."""
    rows, keys = [], set[Key]()
    statuses = {"sent", "unknown"} if include_unknown else {"sent"}
    for row, seen in zip(corrected.rows, corrected.seen, strict=True):
        key = (int(row.entry[0]), message) if seen["hotline_status"] in statuses else None
        rows.append(Row(row.number, row.entry, key, key in keys, is_left_out=key is None))
        if key:
            keys.add(key)
    return rows


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message in its topic: by which run, how many hours after the beginning it was asked for, and in which order."""

    request: int
    hours: float
    run: RunModel
    key: Key

    @property
    def positions(self) -> set[int]:
        """The rows whose users have got it; none where a person said that it is not there."""
        return {at for at in self.run.saying(self.key) if not self.run.rows[at].said_wrongly}


@dataclass(slots=True)
class Truth:
    """The service's record, traced to runs. ``excuses``: copies that persons asked for, or caused by a wrong word."""

    server: HostileServer
    hours_of: dict[str, float] = field(default_factory=dict)
    excuses: Counter[Key | None] = field(default_factory=Counter)

    def requests(self, commands: set[str], key: Key) -> int:
        """How many requests for this message arrived whole from these commands."""
        return sum(
            request.field("user-agent") in commands and key == (request.content["user_id"], request.content["message"])
            for request in self.server.requests
        )

    def requests_of(self, command: str) -> int:
        """How many requests of this command arrived whole."""
        return sum(request.field("user-agent") == command for request in self.server.requests)

    def copies(self, commands: set[str], key: Key | None) -> int:
        """How often these commands put this message into its topic."""
        names = {request.number: request.field("user-agent") for request in self.server.requests}
        return sum(
            names[event.request] in commands and key == (event.user_id, event.message) for event in self.server.applied
        )

    def copies_too_many(self) -> list[str]:
        """Messages that are in their topic more often within a day than persons asked for."""
        hours = {request.number: self.hours_of[request.field("user-agent")] for request in self.server.requests}
        posted: dict[Key, list[float]] = defaultdict(list)
        for event in self.server.applied:
            posted[event.user_id, event.message].append(hours[event.request])
        return [
            f"{key}: {copies} copies within {WINDOW_HOURS} hours, {1 + self.excuses[key]} allowed"
            for key, moments in posted.items()
            for end in set(moments)
            if (copies := sum(end - WINDOW_HOURS < moment <= end for moment in moments)) > 1 + self.excuses[key]
        ]

    def arrivals(self, runs: Iterable[RunModel]) -> list[Arrival]:
        """What is in the topics, in the order in which it was asked for."""
        run_of = {command: run for run in runs for command in run.commands}
        names = {request.number: request.field("user-agent") for request in self.server.requests}
        found = [
            Arrival(event.request, self.hours_of[names[event.request]], run, (event.user_id, event.message))
            for event in self.server.applied
            if (run := run_of.get(names[event.request]))
        ]
        return sorted(found, key=lambda arrival: arrival.request)


def overtaken(arrivals: Sequence[Arrival]) -> list[str]:
    """Messages that came to somebody whom a correction had reached, though they do not correct it.

    Of a run, its corrections, theirs and so on each row gets one, and after it what corrects that very message alone.
    The wrong message is over in a run that has it from the same sheet as well, within the window.
    """
    found = []
    for nth, later in enumerate(arrivals):
        for earlier in arrivals[:nth]:
            if earlier.run is later.run or not earlier.run.above:
                continue
            root = later.run.above[-1] if later.run.above else later.run
            if earlier.run.above[-1] is root:
                is_wrong = earlier.run not in later.run.above and bool(
                    earlier.positions & set(later.run.saying(later.key))
                )
            else:
                is_wrong = any(
                    later.hours - above.begun < WINDOW_HOURS and earlier.positions & set(above.saying(later.key))
                    for above in earlier.run.above
                )
            if is_wrong:
                found.append(f"{later.key} of {later.run.id} came after {earlier.key} of {earlier.run.id}")
    return found


def untruths(run: RunModel, truth: Truth, attempts: Sequence[Mapping[str, object]], most_in_flight: int) -> list[str]:
    """What is wrong with the last result sheet and the audit trail of a run.

    ``most_in_flight``: attempts that no trail can hold yet, since the process was killed.
    """
    found = []
    if [row.entry for row in run.rows] != [(seen["user_id"], seen["message"]) for seen in run.seen]:
        return ["The result sheet does not hold the rows of the sheet in their order"]
    if [str(row.number) for row in run.rows] != [seen["hotline_row"] for seen in run.seen]:
        return ["The row numbers are not those of the sheet"]
    in_flight = 0
    for row, seen in zip(run.rows, run.seen, strict=True):
        mine = [attempt for attempt in attempts if attempt["row"] == row.number]
        in_flight += int(seen["hotline_attempts"]) - len(mine)
        found += [f"row {row.number}, {row.entry}: {wrong} ({seen})" for wrong in _wrongs(row, seen, run, truth, mine)]
    if not 0 <= in_flight <= most_in_flight:
        found.append(f"{in_flight} attempts are not in the audit trail, {most_in_flight} at most may be missing")
    return found


def _wrongs(
    row: Row, seen: Mapping[str, str], run: RunModel, truth: Truth, attempts: Sequence[Mapping[str, object]]
) -> list[str]:
    status, made = seen["hotline_status"], int(seen["hotline_attempts"])
    wrongs = []
    if seen["hotline_delivered"] != delivered(seen):
        wrongs.append("status and delivery differ")
    if row.key is None or row.is_never_sent:
        if (status, made) != ("skipped" if row.is_repeat or row.is_left_out else "invalid", 0):
            wrongs.append(f"a row that cannot be sent is {status} after {made} attempts")
        return wrongs
    copies, requests = truth.copies(run.commands, row.key), truth.requests(run.commands, row.key)
    if status == "invalid":
        wrongs.append("a good row is invalid")
    if status == "sent" and not copies and row.word != "delivered":
        wrongs.append("said to be sent, but it is not in its topic")
    if status not in {"sent", "unknown"} and copies and not row.said_wrongly:
        wrongs.append(f"said to be {status}, but it is in its topic")
    if requests > made:
        wrongs.append(f"{requests} requests, but {made} attempts")
    if sum(attempt["http_status"] is not None for attempt in attempts) > requests:
        wrongs.append("more answers than requests")
    in_flight = made - len(attempts)
    if copies > in_flight + sum(attempt["delivery"] != "no" for attempt in attempts):
        wrongs.append("an attempt is said to be not delivered, but it was")
    if sum(attempt["delivery"] == "yes" for attempt in attempts) > copies:
        wrongs.append("an attempt is said to be delivered, but it was not")
    return wrongs


def exit_code(state: str, counts: Mapping[str, int]) -> int:
    """The first that applies of 130, 4, 3, 1, 0."""
    if state == "interrupted":
        return 130
    if state != "finished":
        return 4
    if counts.get("unknown"):
        return 3
    return 1 if counts.get("failed") or counts.get("invalid") else 0


def wrong_summary(text: str, code: int, run: RunModel) -> list[str]:
    """What is wrong with the JSON summary of a command that ended."""
    summary = json.loads(text)
    counts = {status: count for status, count in summary["counts"].items() if count}
    found = []
    if counts != Counter(seen["hotline_status"] for seen in run.seen) or summary["rows"] != len(run.rows):
        found.append(f"The counts are not those of the sheet: {summary}")
    if {summary["exit_code"], code} != {exit_code(summary["state"], counts)}:
        found.append(f"Exit code {code} for {summary}")
    return found


def look(run: RunModel, path: Path) -> None:
    """Read a result sheet of the run."""
    run.seen = read_sheet(path)


def attempts_in(path: Path) -> list[dict[str, object]]:
    """The attempts of an audit trail; its resolutions are left out."""
    events = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [event for event in events if event["event"] == "attempt"]
