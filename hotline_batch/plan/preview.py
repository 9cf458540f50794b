"""Planned rows -> the figures that ``check`` shows and ``send`` asks about, at bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import RECORDS, advice_for, task_words, words_of
from hotline_batch.keys import SeenKeys
from hotline_batch.language.words import words
from hotline_batch.model.jobs import GetTopicInfo, Job, PlannedRow, RejectedRow, SendMessage, SkippedRow
from hotline_batch.plan.ids.numbers import topic_of_placeholder
from hotline_batch.tally import Tally

_ROWS_KEPT = 5
_NO_COLUMNS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do, how often, in how many rows, and the first of these."""

    text: str
    count: int
    row_count: int
    rows: tuple[int, ...]


class ToDoList:
    """Counts issues as they flow by, row by row; what it keeps is bounded by the kinds of issues.

    ``columns`` is field -> header text.
    """

    def __init__(self, columns: Mapping[str, str]) -> None:
        self._field_of = {header: name for name, header in columns.items()}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._rows: Tally[tuple[str, str]] = Tally(_ROWS_KEPT)

    def add(self, row_number: int, issues: Iterable[Issue]) -> None:
        """Count what is wrong with one row."""
        found = Counter(map(self._kind_of, issues))
        self._counts.update(found)
        for kind in found:
            self._rows.add(kind, row_number)

    def tasks(self) -> list[Task]:
        """The tasks, the most frequent first."""
        found = [
            Task(task_words(task, about, count), count, self._rows.counts[task, about], self._rows.rows((task, about)))
            for (task, about), count in self._counts.items()
        ]
        return sorted(found, key=lambda task: (-task.count, task.rows))

    def _kind_of(self, issue: Issue) -> tuple[str, str]:
        """What is to be done, and about what."""
        record = RECORDS[issue.code]
        about = record.about or self._field_of.get(issue.column, "cell" if issue.column else "row")
        return record.task, about


@dataclass(frozen=True, slots=True)
class RowIssue:
    """One issue of one row."""

    row_number: int
    issue: Issue

    def as_json(self) -> dict[str, object]:
        """The entry of ``problems`` in the summary of ``check``."""
        return {
            "row": self.row_number,
            "column": self.issue.column,
            "code": self.issue.code,
            "shown": self.issue.shown,
            "message": words_of(self.issue),
            "advice": advice_for(self.issue.code),
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """One row as it will go out: ``about`` is the user or the topic link; ``message`` is empty for a lookup."""

    row_number: int
    connection: str
    about: str
    message: str
    repairs: tuple[str, ...]


class PlanTally:
    """Adds planned rows up. Everything is counted; problems, rows, repairs and previews are kept up to a limit.

    ``columns`` is field -> header text.
    """

    def __init__(
        self,
        columns: Mapping[str, str] = _NO_COLUMNS,
        problems_kept: int = 10_000,
        rows_kept_per_code: int = 20,
        previews_kept: int = 3,
    ) -> None:
        self._problems_kept = problems_kept
        self._previews_kept = previews_kept
        self.invalid = 0
        """Rows that cannot be used."""
        self.skipped = 0
        """Rows left out on purpose."""
        self.repaired = 0
        """Usable rows in which something was read that was not written plainly."""
        self.problem_count = 0
        """All problems, also those that ``problems`` no longer holds."""
        self.problems: list[RowIssue] = []
        self.previews: list[Preview] = []
        self.repairs: list[tuple[int, str]] = []
        """Row number and repair, the first of them."""
        self.to_do = ToDoList(columns)
        """What a person has to do about the rows that cannot be used."""
        self.requests_by_connection: Counter[str] = Counter()
        """Rows that cost a request, for a topic in several rows is looked up once."""
        self._topics = SeenKeys()
        self._repeated_topics = 0
        self.code_tally: Tally[str] = Tally(rows_kept_per_code)
        """Codes of rows, invalid and skipped ones alike, with the first rows in which they came up."""

    def add(self, planned: PlannedRow) -> None:
        """Count one row."""
        decision = planned.decision
        match decision:
            case Job(number, request, connection, key, repairs):
                if isinstance(request, GetTopicInfo) and self._topics.earlier(key, number) is not None:
                    self._repeated_topics += 1
                else:
                    self.requests_by_connection[connection] += 1
                if repairs:
                    self._add_repairs(number, repairs)
                if len(self.previews) < self._previews_kept:
                    self.previews.append(preview_of(decision))
            case RejectedRow(number, issues):
                self.invalid += 1
                for code in dict.fromkeys(issue.code for issue in issues):
                    self.code_tally.add(code, number)
                self.problem_count += len(issues)
                self.to_do.add(number, issues)
                room = self._problems_kept - len(self.problems)
                self.problems.extend(RowIssue(number, issue) for issue in issues[: max(room, 0)])
            case SkippedRow(number, issue):
                self.skipped += 1
                self.code_tally.add(issue.code, number)

    @property
    def rows(self) -> int:
        """Rows of the sheet."""
        return self.usable + self.invalid + self.skipped

    @property
    def usable(self) -> int:
        """Rows that will be sent or looked up."""
        return self._repeated_topics + sum(self.requests_by_connection.values())

    @property
    def codes(self) -> Mapping[str, int]:
        """Code -> number of rows that it came up in."""
        return self.code_tally.counts

    def _add_repairs(self, number: int, repairs: Sequence[str]) -> None:
        self.repaired += 1
        if len(self.repairs) < self._problems_kept:
            self.repairs.extend((number, repair) for repair in repairs)


def preview_of(job: Job) -> Preview:
    """A row as it will go out."""
    match job.request:
        case SendMessage(user_id, message):
            return Preview(job.row_number, job.connection, _whom(user_id), message, job.repairs)
        case GetTopicInfo() as topic:
            return Preview(job.row_number, job.connection, topic.link, "", job.repairs)


def _whom(user_id: int) -> str:
    topic = topic_of_placeholder(user_id)
    return words("the user of {topic}", topic=topic) if topic else words("user {user}", user=user_id)
