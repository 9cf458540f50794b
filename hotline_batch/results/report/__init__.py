"""Figures of runs -> one page for the browser."""
