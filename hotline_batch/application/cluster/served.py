"""What a worker tells of itself while it serves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Served:
    """How many lanes a worker drives at a moment, and which connections it lacks for others."""

    lanes: int
    lacks: tuple[str, ...]
