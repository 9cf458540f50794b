"""A sheet and what is asked for -> a plan that a person can look at, and a run in the ledger that waits for a yes."""
