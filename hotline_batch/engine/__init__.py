"""Job -> outcome: when a request leaves, whether it is tried again, when the run stops."""
