"""Flows of commands that go on until they are stopped."""
