"""What is done about a run that is there."""
