"""Ledger rows -> what people open."""
