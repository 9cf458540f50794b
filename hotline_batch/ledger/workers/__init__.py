"""Who works on a run: one at a time, told by a heartbeat."""
