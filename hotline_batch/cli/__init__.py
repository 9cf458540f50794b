"""Talks with the person: options, words on the screen, exit codes."""
