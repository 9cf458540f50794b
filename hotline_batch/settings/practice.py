"""An endpoint -> whether what is done there is practice, and the mark that stands for a service in result sheets."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from urllib.parse import urlsplit

from hotline_batch.errors import SettingsError
from hotline_batch.settings.endpoint import is_loopback

PRIVATE_SANDBOX = "sandbox"
"""The endpoint of a run that brings its own sandbox along."""

PRACTICE = "practice"

_DIGITS = 10
_DIGEST = re.compile(rf"(?:^| )([0-9a-f]{{{_DIGITS}}})$")


class Origin(Enum):
    """Through which service something was sent, seen from the one that is used now."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    PRACTICE = "practice"
    UNTOLD = "untold"


def is_practice(endpoint: str) -> bool:
    """Whether whoever sends there only practises: in a private sandbox, or toward a service on this machine."""
    if endpoint == PRIVATE_SANDBOX:
        return True
    try:
        return is_loopback(endpoint)
    except SettingsError:  # an address that an earlier version took
        return False


@lru_cache(maxsize=64)
def service_mark(endpoint: str, identity: str) -> str:
    """Such as ``practice (127.0.0.1:8765) 03f1c9a2be``: where messages go, and a digest equal for the same service.

    ``identity`` is that of the connection; where it is not known, there is no digest.
    """
    digest = f" {sha256(identity.encode('utf-8', 'surrogatepass')).hexdigest()[:_DIGITS]}" if identity else ""
    place = _place(endpoint)
    return f"{PRACTICE} ({place}){digest}" if is_practice(endpoint) else f"{place}{digest}"


def is_practice_mark(mark: str) -> bool:
    """Whether a mark, or what a person wrote in its place, stands for practice."""
    return mark.strip().casefold().startswith(PRACTICE)


def origin_of(mark: str, here: str) -> Origin:
    """Where a row of an earlier result sheet went. ``here`` is today's mark, empty where no connection is set up."""
    digest = _DIGEST.search(mark.strip())
    if digest and here and here.endswith(digest[1]):
        return Origin.HERE
    if is_practice_mark(mark):
        return Origin.PRACTICE
    if digest is None:
        return Origin.UNTOLD
    return Origin.ELSEWHERE if here else Origin.HERE


def _place(endpoint: str) -> str:
    try:
        parts = urlsplit(endpoint)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "?"
    return f"{parts.hostname}{port}" if parts.hostname else endpoint
