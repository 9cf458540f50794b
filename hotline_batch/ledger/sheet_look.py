"""What of a run's sheet comes back around its rows: titles above the header, the looks of columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hotline_batch.ledger.records import typed_cells
from hotline_batch.model import ColumnLook, Row, Run, Sheet, SheetLook

LOOK = "look"
"""Key of a run's options: titles above the header and the columns' looks; forgotten with the cells."""


@dataclass(frozen=True, slots=True)
class KeptLook:
    """What of a run's sheet comes back around its rows; ``header_row`` is where the header stood."""

    header_row: int = 1
    look: SheetLook = field(default_factory=SheetLook)


def look_option(sheet: Sheet) -> dict[str, object]:
    """The option of a run that keeps the look of its sheet; none where there is nothing to keep."""
    if not sheet.look.titles and not sheet.look.columns:
        return {}
    return {LOOK: as_option(KeptLook(sheet.header_row, sheet.look))}


def as_option(kept: KeptLook) -> dict[str, object]:
    """The look as JSON has it."""
    return {
        "header_row": kept.header_row,
        "titles": [[row.number, list(row.cells), [list(cell) for cell in row.typed]] for row in kept.look.titles],
        "columns": [[column.column, column.width, column.is_hidden] for column in kept.look.columns],
    }


def look_of(run: Run) -> KeptLook:
    """The look of a run's sheet; that of any table where none was kept."""
    found: Any = run.options.get(LOOK)
    if not isinstance(found, dict):
        return KeptLook()
    titles = tuple(Row(number, tuple(cells), typed=typed_cells(typed)) for number, cells, typed in found["titles"])
    columns = tuple(ColumnLook(*column) for column in found["columns"])
    return KeptLook(found["header_row"] if titles else 1, SheetLook(titles, columns))
