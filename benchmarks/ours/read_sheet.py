"""Every row of a sheet, as the program reads it: exact ids, hidden rows, formulas and links. PATH"""

import sys
from collections import deque

from hotline_batch.__main__ import collect_seldom
from hotline_batch.sheets.source import open_sheet

collect_seldom()
with open_sheet(sys.argv[1]) as sheet:
    deque(sheet.rows(), maxlen=0)
