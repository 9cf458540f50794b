"""Delimited text -> rows: encodings, delimiters, quotation marks, and the apostrophes before formulas."""
