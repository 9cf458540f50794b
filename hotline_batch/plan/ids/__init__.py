"""Cell text -> user, group and topic ids, exact or not at all."""
