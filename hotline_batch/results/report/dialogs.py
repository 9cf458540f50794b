"""The topics that an enrichment found -> how old, whose, in which language, and which wait for our answer."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from math import isnan

import pandas as pd

from hotline_batch.model import Status
from hotline_batch.results.cell_safety import one_line
from hotline_batch.results.colours import WAITS_FOR_US
from hotline_batch.results.formatting import field_text
from hotline_batch.results.result_row import ResultRow

MOST_WAITING_SHOWN = 200

_ROWS_AT_ONCE = 5_000
_MOST_NAMES = 12
_OTHER = "(other)"
_NONE = "(none)"
_LONGEST_NAME = 60
_DATE_FORMAT = "%Y-%m-%d %H:%M:%S"

# Upper bounds in days. Nothing finer: the API gives its times without a zone.
_AGES = ((1, "under 1 day"), (3, "1-3 days"), (7, "3-7 days"), (28, "1-4 weeks"), (90, "1-3 months"))
_OLDEST, _UNDATED = "over 3 months", "no date"

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
    for frame, page in _frames(row for row in rows if row.status is Status.ENRICHED):
        ages.update(frame["age"].tolist())
        _count(languages, frame["language"])
        _count(connections, frame["connection"])
        waits = (frame["status"] == WAITS_FOR_US).tolist()
        waiting_count += sum(waits)
        candidates = (
            _waiting(*found, shows_title=shows_titles)
            for found in compress(zip(page, frame["days"].tolist(), strict=True), waits)
        )
        # Dates of this form sort as texts; who has none comes last, since how long it waits is not known.
        waiting = heapq.nsmallest(MOST_WAITING_SHOWN, [*waiting, *candidates])
    order = [label for _, label in _AGES] + [_OLDEST, _UNDATED]
    return Dialogs(
        ages=[(label, ages[label]) for label in order if label != _UNDATED or ages[label]],
        languages=_largest(languages),
        connections=_largest(connections),
        waiting=[dialog for _, _, dialog in waiting],
        waiting_count=waiting_count,
    )


def _frames(rows: Iterator[ResultRow]) -> Iterator[tuple[pd.DataFrame, Sequence[ResultRow]]]:
    while page := list(islice(rows, _ROWS_AT_ONCE)):
        frame = pd.DataFrame(
            {
                "status": [row.topic_status for row in page],
                "language": [_name(row, "user_lang") for row in page],
                "connection": [_name(row, "instance_name") for row in page],
                "last": [field_text(row.reply.get("topic_last_date")) for row in page],
                "answered_at": [row.finished_at for row in page],
            }
        )
        last = pd.to_datetime(frame["last"], format=_DATE_FORMAT, errors="coerce")
        answered = pd.to_datetime(frame["answered_at"].astype("float64"), unit="s")
        frame["days"] = ((answered - last).dt.total_seconds() / 86_400).clip(lower=0)
        edges = [-1.0, *(float(days) for days, _ in _AGES), float("inf")]
        labels = [*(label for _, label in _AGES), _OLDEST]
        frame["age"] = pd.cut(frame["days"], edges, right=False, labels=labels).astype("string").fillna(_UNDATED)
        yield frame, page


def _waiting(row: ResultRow, days: float, *, shows_title: bool) -> tuple[str, int, WaitingDialog]:
    last = field_text(row.reply.get("topic_last_date"))
    is_dated = not isnan(days)
    dialog = WaitingDialog(
        row=row.number,
        link=row.topic_link,
        title=(one_line(field_text(row.reply.get("topic_title")), 120) or _NONE) if shows_title else "",
        last_date=last if is_dated else one_line(last, 30),
        days=days if is_dated else None,
    )
    return (last if is_dated else "~", row.number, dialog)


def _name(row: ResultRow, field: str) -> str:
    return one_line(field_text(row.reply.get(field)), _LONGEST_NAME) or _NONE


def _count(counter: Counter[str], names: pd.Series[str]) -> None:
    """Count names; whatever strangers put there, the number of different ones stays small."""
    for name, count in names.value_counts().items():
        known = name in counter or len(counter) < _MOST_NAMES * 20
        counter[str(name) if known else _OTHER] += int(count)


def _largest(counter: Counter[str]) -> Counts:
    largest = [(name, count) for name, count in counter.most_common() if name != _OTHER]
    rest = sum(count for _, count in largest[_MOST_NAMES:]) + counter[_OTHER]
    return [*largest[:_MOST_NAMES], *([(_OTHER, rest)] if rest else [])]
