"""Flows of the page for several people: accounts, approvals."""
