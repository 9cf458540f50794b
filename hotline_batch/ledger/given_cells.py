"""What a workbook's cells and columns are beyond their texts -> JSON, and back. A plain text costs nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hotline_batch.model import CellKind, ColumnLook, Row, Run, Sheet, SheetLook, TypedCell

LOOK = "look"
"""Key of a run's options: titles above the header and the columns' looks; forgotten with the cells."""

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_parsed = json.JSONDecoder().raw_decode
# Straight from its parts: a large sheet has millions of these.
_cell: Callable[[tuple[int, CellKind, float | None, str, str]], TypedCell] = partial(tuple.__new__, TypedCell)
_KINDS = {kind.value: kind for kind in CellKind}


@dataclass(frozen=True, slots=True)
class KeptLook:
    """What of a run's sheet comes back around its rows; ``header_row`` is where the header stood."""

    header_row: int = 1
    look: SheetLook = field(default_factory=SheetLook)


def typed_as_json(typed: Sequence[TypedCell]) -> str | None:
    """The cells of one row, None where there are none: a million rows pass through."""
    if not typed:
        return None
    return _encode(typed)


def typed_from(text: str | None) -> tuple[TypedCell, ...]:
    """The cells that ``typed_as_json`` made a text of; a kind that a newer version wrote is a text here."""
    return _typed(_parsed(text)[0]) if text else ()


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
    titles = tuple(Row(number, tuple(cells), typed=_typed(typed)) for number, cells, typed in found["titles"])
    columns = tuple(ColumnLook(*column) for column in found["columns"])
    return KeptLook(found["header_row"] if titles else 1, SheetLook(titles, columns))


def _typed(found: Iterable[Any]) -> tuple[TypedCell, ...]:
    return tuple(
        [
            _cell((column, _KINDS.get(kind, CellKind.TEXT), value, number_format, link))
            for column, kind, value, number_format, link in found
        ]
    )
