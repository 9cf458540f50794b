"""Two pairs of eyes, and who did what."""
