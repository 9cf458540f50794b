"""The cells of a CSV file, bare, into a workbook by openpyxl's write-only mode. CSV XLSX"""

import csv
import sys

from openpyxl import Workbook

workbook = Workbook(write_only=True)
sheet = workbook.create_sheet("Results")
with open(sys.argv[1], newline="", encoding="utf-8-sig") as source:
    for row in csv.reader(source):
        sheet.append(row)
workbook.save(sys.argv[2])
