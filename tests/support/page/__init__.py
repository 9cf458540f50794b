"""The page as a test serves it, and who comes to it."""
