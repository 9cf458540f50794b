"""Runs of the ledger and an export of the group -> what is proven, shown and settled."""
