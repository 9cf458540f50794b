"""A sheet that was handed in -> checked, its questions answered, its messages chosen, and started as a run."""
