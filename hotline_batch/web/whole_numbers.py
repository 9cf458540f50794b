"""What stands in an address or a field -> a whole number, where it is one."""

from __future__ import annotations

from typing import Final

LAST_ROW: Final = 999_999_999
"""No sheet has a row with a larger number."""


def whole_number(text: str, most: int) -> int | None:
    """A number from 0 to ``most``, written in digits alone; None for everything else."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(most))):
        return None
    number = int(digits)
    return number if number <= most else None
