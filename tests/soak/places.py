"""Where a ledger may be kept, and what may happen to it there."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Protocol

from tests.support.ledgers.postgresql import Cluster

_TMPFS_BYTES = 48 << 20
_BALLAST_AT_ONCE = 1 << 20


class Place(Protocol):
    """A ledger's place. ``folder`` is where the result sheets go."""

    ledger_url: str
    folder: Path

    def disturb(self, random: Random) -> str:
        """Let something happen to it; what it was, empty where nothing can."""

    def mend(self) -> None:
        """All is well again."""


class OnDisk:
    """A SQLite file, left alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger_url = f"sqlite:///{folder}/ledger.sqlite"

    def disturb(self, random: Random) -> str:  # noqa: ARG002 - a place's protocol
        return ""

    def mend(self) -> None:
        """Nothing was broken."""


class OnFullDisk(OnDisk):
    """A SQLite file and the result sheets on a small disk of their own, which fills up and has room again."""

    def disturb(self, random: Random) -> str:  # noqa: ARG002 - the same
        """Full if it has room, and the other way about."""
        if (self.folder / "ballast").exists():
            self.mend()
            return "room made"
        with suppress(OSError), (self.folder / "ballast").open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(_BALLAST_AT_ONCE))
        return "disk full"

    def mend(self) -> None:
        (self.folder / "ballast").unlink(missing_ok=True)


class OnServer:
    """A PostgreSQL database whose server restarts, or dies and comes back."""

    def __init__(self, folder: Path, cluster: Cluster, ledger_url: str) -> None:
        self.folder = folder
        self.ledger_url = ledger_url
        self._cluster = cluster

    def disturb(self, random: Random) -> str:
        if random.random() < 0.5:
            self._cluster.restart()
            return "server restarted"
        self._cluster.kill()
        self._cluster.start()
        return "server killed"

    def mend(self) -> None:
        self._cluster.start()


@contextmanager
def on_full_disk(folder: Path) -> Iterator[OnFullDisk]:
    """A small tmpfs; raises PermissionError where this process may not mount one."""
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_TMPFS_BYTES}", "tmpfs", disk],  # noqa: S607 - wherever it is
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        raise PermissionError(mounted.stderr.decode().strip())
    try:
        yield OnFullDisk(disk)
    finally:
        subprocess.run(["umount", "--lazy", disk], check=False)  # noqa: S607 - wherever it is


@contextmanager
def on_server(folder: Path, cluster: Cluster) -> Iterator[OnServer]:
    """A fresh database of a running server."""
    database = cluster.fresh_database()
    yield OnServer(folder, cluster, database.url)
    cluster.drop(database)
