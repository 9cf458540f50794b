"""What of a run's sheet comes back around its rows: titles above the header, the looks of columns -> JSON, and back."""

from __future__ import annotations

from typing import Any

from hotline_batch.ledger.records import typed_cells
from hotline_batch.model import ColumnLook, KeptLook, Row, SheetLook


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
        titles = tuple(Row(number, tuple(cells), typed=typed_cells(typed)) for number, cells, typed in found["titles"])
        columns = tuple(ColumnLook(*column) for column in found["columns"])
        return KeptLook(found["header_row"] if titles else 1, SheetLook(titles, columns))
    except (KeyError, TypeError, ValueError):
        return KeptLook()
