"""Hours outside of which nothing leaves: whether they are, and the wait until they begin again."""
