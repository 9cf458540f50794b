"""Row records -> a pandas DataFrame: a line for each row, the input's columns as text, ours with fitting types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from hotline_batch.model.jobs import Status
from hotline_batch.model.runs import RowRecord, Run
from hotline_batch.results.rows.columns import lay_out
from hotline_batch.results.rows.kept_columns import KeptColumns
from hotline_batch.results.rows.result_row import result_rows

_NUMBERS = frozenset({"hotline_row", "hotline_attempts", "hotline_http_status"})
_CATEGORIES = frozenset(
    {"hotline_delivered", "hotline_error_code", "hotline_connection", "hotline_service", "hotline_topic_status"}
)
_ROWS_AT_ONCE = 20_000


def run_frame(run: Run, read_rows: Callable[[], Iterator[RowRecord]]) -> pd.DataFrame:
    """What a result sheet holds, as a DataFrame.

    ``hotline_status`` and other words of few kinds are categories, counts ``Int64``, ``hotline_finished_at`` a moment
    in UTC; everything else is text, ids included, so that no digit is lost. Empty cells of ours are missing values;
    times of Hotline stay text, since they have no zone.
    """
    kept = KeptColumns.of(run.options.results)
    layout = lay_out(run, read_rows(), kept)
    parts: list[list[Any]] = [[] for _ in layout.columns]
    texts: list[list[str]] = [[] for _ in layout.columns]
    for number, row in enumerate(result_rows(run, read_rows(), kept), start=1):
        for column, cell in zip(texts, layout.cells(row), strict=True):
            column.append(cell)
        if number % _ROWS_AT_ONCE == 0:
            _put_by(texts, parts)
    _put_by(texts, parts)
    columns = [
        _typed(column.name.strip() if column.is_ours else "", pd.concat(parts_of_it, ignore_index=True))
        for column, parts_of_it in zip(layout.columns, parts, strict=True)
    ]
    # By number first: an input may have two columns of one name.
    frame = pd.DataFrame(dict(enumerate(columns)))
    frame.columns = pd.Index(layout.names, dtype="object")
    return frame


def _put_by(texts: list[list[str]], parts: list[list[Any]]) -> None:
    """Python's own strings take several times the room of pandas' columns."""
    for column, of_column in zip(texts, parts, strict=True):
        of_column.append(pd.Series(column, dtype="string"))
        column.clear()


def _typed(name: str, column: pd.Series[str]) -> pd.Series[Any]:
    if not name:
        return column
    filled = column.mask(column == "", pd.NA)
    if name == "hotline_status":
        return filled.astype(pd.CategoricalDtype([status.value for status in Status]))
    if name in _NUMBERS:
        return pd.to_numeric(filled).astype("Int64")
    if name == "hotline_finished_at":
        return pd.to_datetime(filled, utc=True).astype("datetime64[ns, UTC]")
    if name in _CATEGORIES:
        return filled.astype("category")
    return filled
