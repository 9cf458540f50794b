"""Runs of the ledger, as every face shows them."""
