"""What happens between the person and the program: ask, show, drive, tell. The commands call these."""
