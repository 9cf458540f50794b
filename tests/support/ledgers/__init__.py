"""Ledgers: what they hold, the server that holds them, and the way to it."""
