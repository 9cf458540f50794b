"""What the program costs beside its peers, as ratios from one run. ``python -m benchmarks`` prints the table."""
