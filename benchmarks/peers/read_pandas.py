"""A workbook as a DataFrame of text, by calamine, the fastest engine of pandas. PATH"""

import sys

import pandas as pd

pd.read_excel(sys.argv[1], dtype=str, engine="calamine")
