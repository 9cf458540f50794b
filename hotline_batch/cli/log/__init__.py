"""The log that a command keeps: where it goes, its lines, and what every command writes into it."""
