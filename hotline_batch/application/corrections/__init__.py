"""A new run to exactly those who got a wrong message: who that is, what they would get, and once alone."""
