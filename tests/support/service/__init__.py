"""The service that misbehaves on demand, and what judges whoever speaks with it."""
