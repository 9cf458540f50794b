"""The options of commands, one file for each group of the help."""
