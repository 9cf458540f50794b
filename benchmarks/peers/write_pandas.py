"""The cells of a CSV file, bare, into a workbook by pandas and openpyxl, the default. CSV XLSX"""

import sys

import pandas as pd

pd.read_csv(sys.argv[1], dtype=str, keep_default_na=False).to_excel(sys.argv[2], index=False, engine="openpyxl")
