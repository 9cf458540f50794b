"""Telegram's own export of a group, as a witness: what became of the messages of a run."""
