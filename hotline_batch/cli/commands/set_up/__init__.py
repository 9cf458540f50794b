"""What is done once, and by whoever looks after it."""
