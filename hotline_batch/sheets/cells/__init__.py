"""What a cell is, in every format: its kind, its text, its date, what lies over it."""
