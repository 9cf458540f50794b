"""Header -> which column holds which field."""
