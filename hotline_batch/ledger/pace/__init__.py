"""Whose turn it is to send, and when."""
