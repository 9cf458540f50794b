"""A run, or settings -> whether it is practice; and the mark that stands for a service in result sheets."""

from __future__ import annotations

import re
from contextlib import suppress
from enum import Enum
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hotline_batch.errors import SettingsError
from hotline_batch.model.runs import Run
from hotline_batch.settings.addresses import is_loopback
from hotline_batch.settings.secrets import Secret

if TYPE_CHECKING:  # the check of the settings file comes with it, which whoever only reads runs does without
    from hotline_batch.settings.model import Settings

PRIVATE_SANDBOX = "sandbox"
"""The endpoint of a run that brings its own sandbox along."""

PRACTICE = "practice"
"""How marks of practice begin."""

SANDBOX_TOKEN = "sandbox-owner-token"  # noqa: S105 - no secret: it opens nothing but the sandbox

_DIGITS = 10
_DIGEST = re.compile(rf"(?:^| )([0-9a-f]{{{_DIGITS}}})$")


class Origin(Enum):
    """Through which service something was sent, seen from the one that is used now."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    PRACTICE = "practice"
    UNTOLD = "untold"


def is_practice(run: Run) -> bool:
    """Whether whoever made the run only practised: with a sandbox of its own, or with one that serves this machine."""
    return run.endpoint == PRIVATE_SANDBOX or run.notes.is_practice


def practises(settings: Settings, *, sandbox: bool) -> bool:
    """Whether what is sent with these settings is practice: they name a sandbox of this machine, and its token.

    Any other service on this machine counts as real: it may pass on what it gets.
    """
    if sandbox:
        return True
    with suppress(SettingsError):  # a key that cannot be read is told when it is needed
        return is_loopback(settings.endpoint) and settings.x_api_key == Secret(SANDBOX_TOKEN)
    return False


@lru_cache(maxsize=64)
def service_mark(endpoint: str, identity: str, *, practice: bool) -> str:
    """Such as ``practice (127.0.0.1:8765) 03f1c9a2be``: where messages go, and a digest equal for the same service.

    ``identity`` is that of the connection; where it is not known, there is no digest.
    """
    digest = f" {sha256(identity.encode('utf-8', 'surrogatepass')).hexdigest()[:_DIGITS]}" if identity else ""
    place = _place(endpoint)
    return f"{PRACTICE} ({place}){digest}" if practice else f"{place}{digest}"


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
