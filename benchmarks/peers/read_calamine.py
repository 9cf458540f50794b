"""Every row of a workbook by calamine alone; it tells nothing of hidden rows, formulas and links. PATH"""

import sys

from python_calamine import CalamineWorkbook

for row in CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).iter_rows():
    tuple(row)
