"""One file for each command: its options, one call, its words, its exit code."""
