"""What a row of a result is, and its columns."""
