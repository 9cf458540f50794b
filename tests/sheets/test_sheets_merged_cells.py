"""What lies over cells, asked row by row: the same as if each cell were compared with each area."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.sheets.cells.cell import LAST_COLUMN, LAST_ROW, Area, cell_name, column_name, reference
from hotline_batch.sheets.cells.merged_cells import AreasOverRows, area_of, column_index

_WIDTH = 6
_AREAS = st.lists(
    st.builds(
        lambda row, column, more_rows, more_columns: (row, column, row + more_rows, column + more_columns),
        st.integers(1, 8),
        st.integers(0, 8),
        st.integers(0, 6),
        st.integers(0, 4),
    ),
    max_size=6,
)


@given(_AREAS, st.sets(st.integers(1, 16)), st.booleans())
def test_each_row_is_told_what_lies_over_it(corners, rows, spare_corners):
    """Whichever rows are there; of overlapping areas any one may be told."""
    areas = [Area(*each, reference(each)) for each in corners]
    over = AreasOverRows(areas, _WIDTH, "book.xlsx", spare_corners=spare_corners)

    for row in sorted(rows):
        expected: dict[int, set[str]] = {}
        for area in areas:
            for column in range(area.first_column, min(area.last_column, _WIDTH - 1) + 1):
                is_corner = (row, column) == (area.first_row, area.first_column)
                if area.first_row <= row <= area.last_row and not (spare_corners and is_corner):
                    expected.setdefault(column, set()).add(area.detail)
        told = over.at(row)

        assert expected.keys() == told.keys()
        assert all(told[column] in details for column, details in expected.items())


@given(
    st.integers(1, LAST_ROW), st.integers(0, LAST_COLUMN - 1), st.integers(1, LAST_ROW), st.integers(0, LAST_COLUMN - 1)
)
def test_references_are_read_as_they_are_written(row, column, last_row, last_column):
    """Corners in any order, with and without dollar signs, in capitals or not."""
    first, last = cell_name(row, column), cell_name(last_row, last_column)
    corners = (*map(min, (row, column), (last_row, last_column)), *map(max, (row, column), (last_row, last_column)))

    for written in (f"{first}:{last}", f"{last}:{first}", f"{first}:{last}".lower(), f"$A$1:{first}"):
        found = area_of(written)
        assert found is not None
        assert written.startswith("$") or corners == found[:4]
    assert column == column_index(column_name(column))


@pytest.mark.parametrize("written", ["", "XFE1", "A1:XFE2", "A0", "1:0", "A1:B2:C3", "#REF!", "Ä1"])
def test_what_is_no_reference_is_none(written):
    assert area_of(written) is None
