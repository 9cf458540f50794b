"""Row -> the text of its message: a cell as written, or a template filled in."""
