"""The topics that an enrichment found -> how old, whose, in which language, and which wait for our answer."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hotline_batch.language.words import marked, words
from hotline_batch.model.jobs import Status
from hotline_batch.results.cell_safety import one_line
from hotline_batch.results.formatting import WAITS_FOR_US, field_text
from hotline_batch.results.rows.result_row import ResultRow

MOST_WAITING_SHOWN = 200

_MOST_NAMES = 12
_OTHER = marked("(other)")
_NONE = marked("(none)")
_LONGEST_NAME, _LONGEST_TITLE, _LONGEST_DATE = 60, 120, 30
_DATE_FORMAT = "%Y-%m-%d %H:%M:%S"

# Upper bounds in days. Nothing finer: the API gives its times without a zone.
_AGES = (
    (1, marked("under 1 day")),
    (3, marked("1-3 days")),
    (7, marked("3-7 days")),
    (28, marked("1-4 weeks")),
    (90, marked("1-3 months")),
)
_OLDEST, _UNDATED = marked("over 3 months"), marked("no date")

Counts = Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class WaitingDialog:
    """A dialog in which the customer spoke last. ``last_date`` is as the API writes it, empty where it gives none."""

    row: int
    link: str
    title: str
    last_date: str
    days: float | None


@dataclass(frozen=True, slots=True)
class Dialogs:
    """What an enrichment found, by rows: ``waiting`` holds the longest waiting first, ``waiting_count`` counts all."""

    ages: Counts
    languages: Counts
    connections: Counts
    waiting: Sequence[WaitingDialog]
    waiting_count: int


def dialogs_of(rows: Iterable[ResultRow], *, shows_titles: bool = True) -> Dialogs:
    """The figures of the rows that were found, in one pass at flat memory. Titles are names of customers."""
    ages: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    connections: Counter[str] = Counter()
    waiting: list[tuple[str, int, WaitingDialog]] = []
    waiting_count = 0
    for row in rows:
        if row.status is not Status.ENRICHED:
            continue
        last = field_text(row.reply.get("topic_last_date"))
        days = _days_since(last, row.finished_at)
        ages[_age(days)] += 1
        _count(languages, _name(row, "user_lang"))
        _count(connections, _name(row, "instance_name"))
        if row.topic_status == WAITS_FOR_US:
            waiting_count += 1
            title = _name(row, "topic_title", _LONGEST_TITLE) if shows_titles else ""
            shown = one_line(last, _LONGEST_DATE)
            # Dates of this form sort as texts; who has none comes last, since how long it waits is not known.
            place = "~" if days is None else last
            insort(waiting, (place, row.number, WaitingDialog(row.number, row.topic_link, title, shown, days)))
            del waiting[MOST_WAITING_SHOWN:]
    order = [label for _, label in _AGES] + [_OLDEST, _UNDATED]
    return Dialogs(
        ages=[(words(label), ages[label]) for label in order if label != _UNDATED or ages[label]],
        languages=_largest(languages),
        connections=_largest(connections),
        waiting=[dialog for _, _, dialog in waiting],
        waiting_count=waiting_count,
    )


def _days_since(last: str, answered_at: float | None) -> float | None:
    """How old the last message was when Hotline told of it; None without a readable date.

    Never less than nothing: Hotline's times have no zone.
    """
    try:
        said = datetime.strptime(last, _DATE_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return None if answered_at is None else max((answered_at - said.timestamp()) / 86_400, 0.0)


def _age(days: float | None) -> str:
    if days is None:
        return _UNDATED
    return next((label for limit, label in _AGES if days < limit), _OLDEST)


def _name(row: ResultRow, field: str, longest: int = _LONGEST_NAME) -> str:
    return one_line(field_text(row.reply.get(field)), longest) or words(_NONE)


def _count(counter: Counter[str], name: str) -> None:
    """Count a name; whatever strangers put there, the number of different ones stays small."""
    known = name in counter or len(counter) < _MOST_NAMES * 20
    counter[name if known else _OTHER] += 1


def _largest(counter: Counter[str]) -> Counts:
    largest = [(name, count) for name, count in counter.most_common() if name != _OTHER]
    rest = sum(count for _, count in largest[_MOST_NAMES:]) + counter[_OTHER]
    return [*largest[:_MOST_NAMES], *([(words(_OTHER), rest)] if rest else [])]
