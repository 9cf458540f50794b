"""Every row of a workbook by openpyxl's read-only mode; it tells nothing of hidden rows and links. PATH"""

import sys

from openpyxl import load_workbook

workbook = load_workbook(sys.argv[1], read_only=True, data_only=True)
for row in workbook.worksheets[0].iter_rows(values_only=True):
    tuple(row)
