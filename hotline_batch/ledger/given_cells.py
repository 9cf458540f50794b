"""What a workbook's cells and columns are beyond their texts -> JSON, and back. A plain text costs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from hotline_batch.model import CellKind, ColumnLook, KeptLook, Row, SheetLook, TypedCell

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_parsed = json.JSONDecoder().raw_decode
# Straight from its parts: a large sheet has millions of these.
_cell: Callable[[tuple[int, CellKind, float | None, str, str]], TypedCell] = partial(tuple.__new__, TypedCell)
_KINDS = {kind.value: kind for kind in CellKind}


def typed_as_json(typed: Sequence[TypedCell]) -> str | None:
    """The cells of one row, None where there are none: a million rows pass through."""
    if not typed:
        return None
    return _encode(typed)


def typed_from(text: str | None) -> tuple[TypedCell, ...]:
    """The cells that ``typed_as_json`` made a text of; a kind that a newer version wrote is a text here."""
    return _typed(_parsed(text)[0]) if text else ()


def look_as_json(kept: KeptLook) -> dict[str, object]:
    """What comes back around the rows of a sheet, as JSON has it."""
    return {
        "header_row": kept.header_row,
        "titles": [[row.number, list(row.cells), [list(cell) for cell in row.typed]] for row in kept.look.titles],
        "columns": [[column.column, column.width, column.is_hidden] for column in kept.look.columns],
    }


def look_from(found: Any) -> KeptLook:
    """What ``look_as_json`` made; the look of any table where none was kept that can be read."""
    try:
        titles = tuple(Row(number, tuple(cells), typed=_typed(typed)) for number, cells, typed in found["titles"])
        columns = tuple(ColumnLook(*column) for column in found["columns"])
        return KeptLook(found["header_row"] if titles else 1, SheetLook(titles, columns))
    except (KeyError, TypeError, ValueError):
        return KeptLook()


def _typed(found: Iterable[Any]) -> tuple[TypedCell, ...]:
    return tuple(
        [
            _cell((column, _KINDS.get(kind, CellKind.TEXT), value, number_format, link))
            for column, kind, value, number_format, link in found
        ]
    )
