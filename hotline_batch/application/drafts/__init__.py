"""An uploaded sheet and what a person said about it so far -> kept until it is a run, and looked at meanwhile."""
