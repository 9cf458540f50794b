"""Writes the pages of the documentation that come from the program itself: ``python -m reference``."""
