"""News of runs for people who are not looking: once for each run and kind, and never in the way of a run."""
