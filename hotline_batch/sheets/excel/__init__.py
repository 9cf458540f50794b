"""Workbooks of Excel and their kin -> worksheets and their cells."""
