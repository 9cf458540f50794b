"""Excel 97 to 2003, and older: records in a compound file -> rows."""
