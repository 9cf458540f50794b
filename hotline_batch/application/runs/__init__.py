"""Runs of the ledger: started, gone on with, settled, told of, forgotten."""
