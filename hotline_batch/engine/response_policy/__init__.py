"""One answer -> what becomes of its row, of the pace, and of the run."""
