"""What describes a row: one record per code, with all that is ever said of it, and the words made from it."""
