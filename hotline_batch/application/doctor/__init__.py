"""A look at everything that a run needs, before it needs it."""
