"""The cells of a CSV file, bare, into a workbook by XlsxWriter at constant memory. CSV XLSX"""

import csv
import sys

import xlsxwriter

workbook = xlsxwriter.Workbook(sys.argv[2], {"constant_memory": True})
sheet = workbook.add_worksheet("Results")
with open(sys.argv[1], newline="", encoding="utf-8-sig") as source:
    for number, row in enumerate(csv.reader(source)):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell)
workbook.close()
