"""pandas in, pandas out: a run as a DataFrame, and the enrichment of a DataFrame."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from math import isnan
from numbers import Integral, Real
from typing import Any

import pandas as pd

from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.request import SheetRequest, Upload
from hotline_batch.application.runs.checks import check_not_pruned
from hotline_batch.application.runs.driving import Watcher, run_to_the_end
from hotline_batch.application.runs.start import forgotten_unless_started
from hotline_batch.application.stopping import Stop, interruptible
from hotline_batch.errors import SettingsError
from hotline_batch.language.words import words
from hotline_batch.ledger.history.look_up_answers import rows_with_history
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.progress import Progress
from hotline_batch.model.sheets import Dialect, Row, Sheet, own_columns
from hotline_batch.plan.columns.recognition import recognise_columns
from hotline_batch.results.rows.columns import Layout, lay_out
from hotline_batch.results.rows.kept_columns import KeptColumns
from hotline_batch.results.rows.result_row import result_rows
from hotline_batch.run_options import Limits, limits_named, options_named
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from hotline_batch.sheets.table import OpenSheet

_FRAME = "DataFrame"
_FIRST_ROW = 2
_OF_A_SEND = ("hotline_delivered", "hotline_service")


def load_run(run: str, ledger: Ledger | str | None = None, *, settings: Settings | None = None) -> pd.DataFrame:
    """A run of the ledger as a DataFrame, a line for each row of its sheet; also while the run goes on.

    The input's columns come first, as text; the program's own start with ``hotline_``. ``ledger`` is an open ledger or
    its URL, that of the settings if None. Raises LedgerError where there is no such run.
    """
    if isinstance(ledger, Ledger):
        return _load(ledger, run)[1]
    url = ledger if ledger is not None else (settings or load_settings()).ledger
    with Ledger(url) as opened:
        return _load(opened, run)[1]


def enrich_frame(
    frame: pd.DataFrame,
    *,
    link_column: str | None = None,
    group_column: str | None = None,
    topic_column: str | None = None,
    connection: str | None = None,
    max_age: str | None = None,
    sandbox: bool = False,
    settings: Settings | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
    **drive: object,
) -> pd.DataFrame:
    """Look up one topic per row, and return the frame with ``hotline_`` columns added; columns and index stay.

    The topics stand in ``link_column``, or in ``group_column`` and ``topic_column``; named by none, they are recognised
    as in a sheet. A column ``connection`` chooses for each row, as in a sheet, before ``connection`` does; of two that
    may be it, rename one. ``drive`` takes the names of ``Limits``. It is a run like any other: it stands in the ledger
    with the cells of these columns alone, and with what a send's result says of delivery; a topic in several rows is
    asked once, and ``hotline_run`` tells its id. Row numbers are those that the frame would have in a sheet: the first
    line is row 2. Only columns that the enrichment fills itself are replaced, as in a sheet: a result of a send that is
    enriched still tells what was sent. KeyboardInterrupt stops the run as it stops ``send_sheet``. Raises
    HotlineBatchError where nothing was done, TypeError for an option that is not known.
    """
    chosen = {"topic_link": link_column, "group_id": group_column, "topic_id": topic_column}
    used = _used_columns(frame, {field: column for field, column in chosen.items() if column is not None})
    limits = limits_named(drive, "enrich_frame")
    of_run = {"connection": connection, "sandbox": sandbox, "max_age": max_age}
    mapped = {field: str(frame.columns[at]) for field, at in used.items()}
    options = replace(options_named(of_run), column_map=mapped, limits=limits)
    settings = settings or load_settings()
    places = _places_to_read(frame, used)
    request = SheetRequest(Kind.ENRICH, _FRAME, options, upload=Upload("", _FRAME))

    def plan_and_look_up(stop: Stop) -> tuple[Layout, pd.DataFrame, Layout]:
        with Ledger(settings.ledger) as ledger:
            run = plan_run(request, settings, opens=lambda _request: _open_frame(frame, places)).run
            with forgotten_unless_started(settings, run.id):
                stop.heed()
                run_to_the_end(ledger, run.id, settings, Limits(), Watcher(on_progress, stop))
            # Also what is left out now: beside this answer, an earlier one would be read as a part of it.
            return *_load(ledger, run.id), lay_out(run, rows_with_history(ledger, run))

    layout, found, whole = interruptible(plan_and_look_up)
    replaced = _places_replaced(frame, whole, used)
    kept = frame.loc[:, [at not in replaced for at in range(len(frame.columns))]]
    added = found.loc[:, [column.is_ours for column in layout.columns]].set_axis(frame.index, axis="index")
    return pd.concat([kept, added], axis="columns")


def _used_columns(frame: pd.DataFrame, chosen: Mapping[str, str]) -> dict[str, int]:
    """Field -> position of its column. SettingsError, or SheetError as for a sheet, where that is not clear."""
    names = [str(name) for name in frame.columns]
    for column in chosen.values():
        if names.count(column) != 1:
            raise SettingsError(_not_one_column(column, names))
    found = recognise_columns(names, Kind.ENRICH, chosen).fields
    return {field: at for field, at in found.items() if not chosen or field in chosen or field == "connection"}


def _not_one_column(column: str, names: Sequence[str]) -> str:
    told = ", ".join(names) or words("none")
    if column in names:
        return words("The frame has several columns '{column}'. Its columns: {names}.", column=column, names=told)
    return words("The frame has no column '{column}'. Its columns: {names}.", column=column, names=told)


def _places_to_read(frame: pd.DataFrame, used: Mapping[str, int]) -> Sequence[int]:
    """Positions of the used columns, then of those that tell through which service a row was sent before."""
    own = own_columns(map(str, frame.columns))
    of_a_send = _OF_A_SEND if _OF_A_SEND[0] in own else ()
    return list(dict.fromkeys([*used.values(), *(own[name] for name in of_a_send if name in own)]))


def _places_replaced(frame: pd.DataFrame, layout: Layout, used: Mapping[str, int]) -> Set[int]:
    """Positions of the columns that the enrichment fills itself, in whatever case; the topics stay where they stand."""
    ours = {column.name.strip() for column in layout.columns if column.is_ours}
    names = list(map(str, frame.columns))
    exactly = {at for at, name in enumerate(names) if name.strip() in ours}
    in_any_case = {at for name, at in own_columns(names).items() if name in ours}
    return exactly | (in_any_case - set(used.values()))


def _open_frame(frame: pd.DataFrame, places: Sequence[int]) -> OpenSheet:
    """The columns at these places as a sheet."""
    header = tuple(str(frame.columns[at]) for at in places)
    sheet = Sheet(_FRAME, None, Dialect("frame"), header, 1, _fingerprint(frame, places))
    return OpenSheet(sheet, rows=lambda: _rows_of(frame, places), close=lambda: None)


def _rows_of(frame: pd.DataFrame, places: Sequence[int]) -> Iterator[Row]:
    columns = [_cells_of(frame.iloc[:, at]) for at in places]
    for number, cells in enumerate(zip(*columns, strict=True), start=_FIRST_ROW):
        yield Row(number, cells)


def _cells_of(column: pd.Series[Any]) -> Iterator[str]:
    dtype = column.dtype.categories.dtype if isinstance(column.dtype, pd.CategoricalDtype) else column.dtype
    for value in column:
        yield _cell(value, getattr(value, "dtype", dtype))


# From here on a float of two or four bytes may stand for another whole number than was put into it.
_EXACT_BELOW = {2: 2**11, 4: 2**24}


def _cell(value: Any, dtype: Any) -> str:
    """A value as a sheet would show it: whole numbers without a point, also where gaps made them floats.

    One that may have lost digits is written as spreadsheet programs write what has, which is refused as an id.
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, Real) and not isinstance(value, Integral):
        number = float(value)
        if not number.is_integer():
            return "" if isnan(number) else str(value)
        kept = getattr(dtype, "subtype", dtype)  # that of the numbers in a sparse column
        exact_below = _EXACT_BELOW.get(kept.itemsize) if getattr(kept, "kind", "") == "f" else None
        return f"{number:.0f}" if exact_below is None or abs(number) < exact_below else f"{number:.2E}"
    return str(value)


def _fingerprint(frame: pd.DataFrame, places: Sequence[int]) -> str:
    """SHA-256 of the cells that are read, in hex: the same cells, the same fingerprint."""
    digest = hashlib.sha256()
    for row in _rows_of(frame, places):
        digest.update("\x1f".join(row.cells).encode("utf-8", "surrogatepass") + b"\x1e")
    return digest.hexdigest()


_NUMBERS = frozenset({"hotline_row", "hotline_attempts", "hotline_http_status"})
_CATEGORIES = frozenset(
    {"hotline_delivered", "hotline_error_code", "hotline_connection", "hotline_service", "hotline_topic_status"}
)
_ROWS_AT_ONCE = 20_000


def _load(ledger: Ledger, run_id: str) -> tuple[Layout, pd.DataFrame]:
    """The columns of a run's result sheet, and the frame that has them.

    ``hotline_status`` and other words of few kinds are categories, counts ``Int64``, ``hotline_finished_at`` a moment
    in UTC; everything else is text, ids included, so that no digit is lost. Empty cells of ours are missing values;
    times of Hotline stay text, since they have no zone.
    """
    run = ledger.run(run_id)
    check_not_pruned(run)
    kept = KeptColumns.of(run.options.results)
    layout = lay_out(run, rows_with_history(ledger, run), kept)
    parts: list[list[Any]] = [[] for _ in layout.columns]
    texts: list[list[str]] = [[] for _ in layout.columns]
    for number, row in enumerate(result_rows(run, rows_with_history(ledger, run), kept), start=1):
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
    return layout, frame


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
