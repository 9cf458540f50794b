"""The rows of a run that share a pace: who works on them, until when, how far that is, and who wants it to stop."""
