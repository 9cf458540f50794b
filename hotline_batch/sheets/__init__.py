"""File -> rows: every cell text, every row with the number that the spreadsheet program shows."""
