"""A run's rows as they pass, and its summary -> what is to be done next, each with the first rows it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hotline_batch.language.words import plural_words, words
from hotline_batch.model.jobs import Status
from hotline_batch.model.progress import RunSummary
from hotline_batch.model.runs import Run, RunState
from hotline_batch.next_step import Advised, NextStep, SaysHow, with_steps
from hotline_batch.results.problems import needs_a_person
from hotline_batch.results.rows.result_row import ResultRow
from hotline_batch.results.rows.row_names import RowNames
from hotline_batch.results.verdict import next_steps

MOST_ROWS_SHOWN = 20
"""Rows that stand below one task; the result sheet has all of them."""


@dataclass(frozen=True, slots=True)
class NeedyRow:
    """A row that needs a person: whom it is about, where its topic is, what happened."""

    number: int
    name: str
    user_id: str
    link: str
    code: str
    error: str


@dataclass(slots=True)
class NeedyRows:
    """The first rows of each kind that need a person, and the codes of all of them; at flat memory."""

    names: RowNames
    first: dict[NextStep | None, list[NeedyRow]] = field(default_factory=lambda: defaultdict(list))
    codes: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, run: Run) -> NeedyRows:
        """None yet."""
        return cls(RowNames.of(run))

    def noting(self, rows: Iterable[ResultRow]) -> Iterator[ResultRow]:
        """The same rows, noted as they pass."""
        for row in rows:
            if needs_a_person(row.status, row.code):
                self.codes.add(row.code)
                shown = self.first[_step_of(row)]
                # Rows whose turn did not come have nothing to tell but their number.
                if row.status is not Status.NOT_ATTEMPTED and len(shown) < MOST_ROWS_SHOWN:
                    shown.append(self._told(row))
            yield row

    def _told(self, row: ResultRow) -> NeedyRow:
        name, user_id = self.names.name(row), self.names.user_id(row)
        return NeedyRow(row.number, name, user_id, row.topic_link, row.code, row.error)


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: for how many rows, of which ``first`` are shown. ``steps`` are the words of a face for it."""

    title: str
    words: str
    steps: str
    count: int
    first: Sequence[NeedyRow]


def tasks_of(summary: RunSummary, needy: NeedyRows, say: SaysHow = str) -> Iterator[Task]:
    """The tasks in the order in which they are best done; none where nothing is left to do."""
    for advised in next_steps(summary):
        yield _task(summary, needy, advised, say)
    if count := summary.codes.get("reply_differs", 0):
        title = words("Compare {count:message|messages} with what arrived", count=count)
        said = words("Delivered, but the confirmation shows another text than was sent, as Telegram cleaned it.")
        yield Task(title, said, "", count, needy.first[None])


def _task(summary: RunSummary, needy: NeedyRows, advised: Advised, say: SaysHow) -> Task:
    action = advised.steps[0].action
    counts, to_resend = summary.counts, summary.codes.get("resend_asked", 0)
    match action:
        case NextStep.RESUME if summary.state is RunState.RUNNING:
            count = counts.get(Status.NOT_ATTEMPTED, 0) + to_resend
            title = words("{count:row|rows} still to go", count=count)
            said = words("The run was under way when this page was made.")
            return Task(title, said, "", count, needy.first[action])
        case NextStep.RESUME:
            count = counts.get(Status.NOT_ATTEMPTED, 0) + to_resend
            title = words("Go on with {count:row|rows}", count=count)
            said = words("None of the others is sent again.")
        case NextStep.RESOLVE:
            count = counts.get(Status.UNKNOWN, 0) - to_resend
            title = plural_words(
                "Say of {count} message whether it arrived", "Say of {count} messages whether they arrived", count
            )
            said = words(
                "Nobody but a person can tell, by a look into the topic. Until then nothing of it is sent again."
            )
        case NextStep.RETRY:
            count = counts.get(Status.FAILED, 0)
            title = words("Try {count:row|rows} again", count=count)
            said = words("What failed was certainly not delivered, so that trying again sends nothing twice.")
        case NextStep.RESOLVE_EARLIER_RUN:
            count = summary.codes.get("possibly_sent", 0)
            title = words("Settle {count:row|rows} of an earlier run", count=count)
            said = words("An earlier run may have sent the same message, so this run left it out.")
        case _:
            count = counts.get(Status.INVALID, 0)
            title = words("Mend {count:row|rows} in the sheet", count=count)
            said = words("Nothing was sent for what cannot be used.")
    return Task(title, said, with_steps(advised.text, advised.steps, say), count, needy.first[action])


def _step_of(row: ResultRow) -> NextStep | None:
    """The step that takes care of a row."""
    match row.status:
        case Status.UNKNOWN if row.code != "resend_asked":
            return NextStep.RESOLVE
        case Status.UNKNOWN | Status.NOT_ATTEMPTED:
            return NextStep.RESUME
        case Status.FAILED:
            return NextStep.RETRY
        case Status.SKIPPED:
            return NextStep.RESOLVE_EARLIER_RUN
        case Status.INVALID:
            return NextStep.MEND_INVALID_ROWS
        case _:
            return None
