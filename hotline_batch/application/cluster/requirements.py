"""A lane -> what a machine must have to drive it, and whether this one has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256

from hotline_batch.application.service import connections_of, endpoint_of
from hotline_batch.errors import SettingsError
from hotline_batch.model.runs import Run
from hotline_batch.settings.model import Settings
from hotline_batch.settings.practice import PRIVATE_SANDBOX

_DIGITS = 32


def queue_of(run: Run, connections: Iterable[str]) -> str:
    """The queue of a lane: the same for all that need the same connections of the same service.

    A run with a sandbox of its own needs nothing.
    """
    if run.endpoint == PRIVATE_SANDBOX:
        return PRIVATE_SANDBOX
    needed = "\n".join(f"{name}\t{run.notes.identities.get(name, '')}" for name in sorted(connections))
    return sha256(f"{run.endpoint}\n{needed}".encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def lacking(settings: Settings, run: Run, connections: Iterable[str]) -> Sequence[str]:
    """Those of the connections that cannot be used here as the run was planned: another service or instance, no key."""
    if run.endpoint == PRIVATE_SANDBOX:
        return ()
    wanted = sorted(connections)
    if run.endpoint != endpoint_of(settings, sandbox=False):
        return wanted
    here = connections_of(settings, run.id, sandbox=False)
    return [
        name
        for name in wanted
        if name not in here or here[name].identity != run.notes.identities.get(name) or not _has_keys(settings, name)
    ]


def _has_keys(settings: Settings, name: str) -> bool:
    with suppress(SettingsError):
        settings.required_x_api_key()
        return bool(settings.connections[name].api_key)
    return False
