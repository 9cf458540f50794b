"""OpenDocument spreadsheets -> worksheets and their rows."""
