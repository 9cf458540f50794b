"""What `--help` and the Tab key show."""
