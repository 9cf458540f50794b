"""An address that was handed in -> one of this page, or the start."""

from __future__ import annotations

import re

# One slash, then no second one and no backslash, which browsers read as one: that would lead to another host.
_OWN = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


def own_address(address: str) -> str:
    """The address, if it is one of this page."""
    return address if _OWN.fullmatch(address) else "/"
