"""Row -> job or rejected row: columns, identifiers, messages, duplicates."""
