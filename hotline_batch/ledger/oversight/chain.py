"""Entries that are only added -> a chain: each is digested together with the digest of all before it."""

from __future__ import annotations

import hashlib


def next_digest(before: bytes, entry: str) -> bytes:
    """The digest behind an entry, which is ASCII; ``before`` is the one before it, empty for the first."""
    return hashlib.sha256(before + entry.encode("ascii")).digest()
