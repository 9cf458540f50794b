"""Flags, environment and file -> settings; secrets as a type of their own."""
