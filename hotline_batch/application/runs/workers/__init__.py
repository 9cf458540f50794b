"""Runs that are handed over: processes of their own that drive them."""
