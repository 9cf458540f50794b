"""No row ever vanishes: whatever stands in a worksheet, the rows that openpyxl sees are those that come back."""

from __future__ import annotations

import openpyxl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter
from raw_workbook import text_cell, worksheet_xml

from hotline_batch.sheets.source import open_sheet

_CELLS = st.sampled_from(
    [
        '<c r="{at}"/>',
        '<c r="{at}" s="0"/>',
        '<c r="{at}"><v>{n}</v></c>',
        '<c r="{at}" t="n"><v>{n}.5</v></c>',
        '<c r="{at}"><v></v></c>',
        '<c r="{at}" t="s"><v>0</v></c>',
        '<c r="{at}" t="str"><v>text {n}</v></c>',
        '<c r="{at}" t="str"><f>"a"</f><v>text</v></c>',
        '<c r="{at}" t="inlineStr"><is><t>text</t></is></c>',
        '<c r="{at}" t="inlineStr"><is><r><t>te</t></r><r><t>xt</t></r></is></c>',
        '<c r="{at}" t="b"><v>1</v></c>',
        '<c r="{at}" t="e"><v>#N/A</v></c>',
        '<c r="{at}"><f>1+1</f><v>2</v></c>',
        '<c r="{at}"><f>1+1</f></c>',
        '<c r="{at}" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        '<c r="{at}" t="d"><v>2025-10-09</v></c>',
    ]
)
_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", ' hidden="1"', ' ht="0" customHeight="1"', ' spans="1:1"', ' s="0" customFormat="1"']),
        st.lists(st.tuples(st.integers(1, 9), _CELLS), max_size=4, unique_by=lambda cell: cell[0]),
        st.integers(1, 5),
    ),
    min_size=1,
    max_size=12,
)


def _xml(rows, in_order: bool) -> str:
    number, written = 1, []
    for attributes, cells, step in rows:
        number += step
        inside = "".join(
            cell.format(at=f"{get_column_letter(column)}{number}", n=column) for column, cell in sorted(cells)
        )
        written.append(f'<row r="{number}"{attributes}>{inside}</row>')
    return "".join(written if in_order else reversed(written))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(_ROWS, st.booleans())
def test_the_rows_that_openpyxl_sees_come_back(write_xlsx, rows, in_order):
    """With formulas, whose values may not be stored: such rows are looked for in openpyxl's view of formulas."""
    shared = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>shared</t></si></sst>'
    header = f'<row r="1">{"".join(text_cell(f"{get_column_letter(i)}1", f"c{i}") for i in range(1, 10))}</row>'
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override'
        ' PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
        'sheet.main+xml"/><Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
    )
    path = write_xlsx(
        worksheets={"Data": worksheet_xml(header + _xml(rows, in_order))},
        more={"xl/sharedStrings.xml": shared, "[Content_Types].xml": types},
    )

    sheet = openpyxl.load_workbook(path).worksheets[0]
    seen = [row[0].row for row in sheet.iter_rows(min_row=2) if any(str(cell.value or "").strip() for cell in row)]
    with open_sheet(path) as opened:
        read = list(opened.rows())

    assert seen == [row.number for row in read]
    hidden = {number for number, look in sheet.row_dimensions.items() if look.hidden or look.height == 0}
    assert [number for number in seen if number in hidden] == [
        row.number for row in read if any(remark.code == "hidden_row" for remark in row.remarks)
    ]
