"""hotline-batch.toml: where it is, which keys it may hold, and what is wrong with it."""
