"""A PostgreSQL server of the tests' own: a cluster made from the installed binaries, fresh databases, and its deaths.

Debian and Ubuntu: ``apt-get install postgresql``. Its own service need not run; the cluster lives in a folder of its
own, listens on 127.0.0.1 alone, trusts whoever comes, and keeps the server's defaults of durability.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Self

NEEDED = ("HOTLINE_TESTS_NEED_POSTGRESQL", "CI")
"""Where one of these is set, the tests that need a server fail without one; elsewhere they are left out."""
LEFT_OUT = "left out: PostgreSQL's programs (initdb, postgres) are not installed; Debian: apt-get install postgresql"
PATIENCE_SECONDS = 180.0
_SUPERUSER = "postgres"
_ACCOUNTS_FOR_ROOT = ("postgres", "nobody")
# Below the ports that the kernel hands out by itself, so that nobody has taken it when the server comes back.
_PORTS = range(20_000, 30_000)
_MOST_WORKERS = 16


def is_needed() -> bool:
    """Whether the absence of a server is a failure."""
    return any(os.environ.get(name, "").lower() in {"1", "true", "yes"} for name in NEEDED)


def find_programs() -> Path | None:
    """The folder of PostgreSQL's programs, the newest version first; None where there is none."""
    on_path = shutil.which("initdb")
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda found: _version(found.parent.name), reverse=True
    )
    folders = [*([Path(on_path).resolve().parent] if on_path else []), *versions]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


@dataclass(frozen=True, slots=True)
class Database:
    """An empty database and the role that owns it, both under one name."""

    cluster: Cluster
    name: str

    @property
    def url(self) -> str:
        """The ledger URL."""
        return self.url_at(self.cluster.port)

    def url_at(self, port: int, host: str = "127.0.0.1") -> str:
        """The ledger URL through another port, such as that of a proxy."""
        return f"postgresql://{self.name}@{host}:{port}/{self.name}"

    def set_for_role(self, **settings: str) -> None:
        """What every later session of this role begins with."""
        for setting, value in settings.items():
            self.cluster.tell(f"alter role {self.name} set {setting} = '{value}'")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds here."""
        return self.cluster.tell(query, self.name)


class Cluster:
    """Context manager: a running server. It can be stopped, killed and started again, on the same port."""

    def __init__(self, programs: Path, settings: Mapping[str, str] | None = None) -> None:
        self.port = _free_port()
        self._programs = programs
        self._settings = settings or {}
        self._account = _account()
        self._folder = Path(tempfile.mkdtemp(prefix="hotline-postgresql-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)

    def __enter__(self) -> Self:
        if self._account:
            shutil.chown(self._folder, self._account, self._account_group())
        try:
            self._make()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def is_running(self) -> bool:
        """Whether the server's first process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """Everything the server said."""
        return (self._folder / "log").read_text("utf-8", "replace")

    def start(self) -> None:
        """Start and wait until it takes connections; nothing happens where it runs."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            if not self.is_running:
                # After a kill the old server's children may take a moment to notice; it refuses to start until then.
                self._process = self._launch()
            if time.monotonic() > end:
                raise AssertionError(f"The PostgreSQL server does not start:\n{self.log[-2000:]}")
            time.sleep(0.02)

    def stop_immediately(self) -> None:
        """As ``pg_ctl stop -m immediate``: every session ends at once, and the next start recovers."""
        self._end(signal.SIGQUIT)

    def kill(self) -> None:
        """SIGKILL for the server's first process; the others end by themselves when they notice."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop immediately, then start."""
        self.stop_immediately()
        self.start()

    def fresh_database(self) -> Database:
        """An empty database with a role of its own; the server is started where a test left it dead."""
        self.start()
        name = f"ledger_{next(self._numbers)}"
        self.tell(f"create role {name} login")
        self.tell(f"create database {name} owner {name}")
        return Database(self, name)

    def drop(self, database: Database) -> None:
        """Remove a database and its role, whoever is still connected."""
        self.start()
        self.tell(f"drop database {database.name} with (force)")
        self.tell(f"drop role {database.name}")

    def tell(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as the superuser; what it finds."""
        import psycopg  # noqa: PLC0415 - collecting these tests must work without it

        with psycopg.connect(self._address(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """End the server and remove what it kept."""
        self.stop_immediately()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make(self) -> None:
        options = ["--username", _SUPERUSER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
        done = subprocess.run(
            [self._programs / "initdb", "--pgdata", self._folder / "data", *options],
            capture_output=True,
            check=False,
            text=True,
            cwd="/",
            env=_environment(),
            **self._as_account(),
        )
        if done.returncode:
            raise AssertionError(f"initdb failed: {done.stderr}")

    def _launch(self) -> subprocess.Popen[bytes]:
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", **self._settings}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder / "data", "-p", str(self.port), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for the tests; they end the server afterwards
                **self._as_account(),
            )

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.send_signal(number)
            process.wait(PATIENCE_SECONDS)

    def _answers(self) -> bool:
        import psycopg  # noqa: PLC0415 - collecting these tests must work without it

        if not self.is_running:
            return False
        with suppress(psycopg.OperationalError), psycopg.connect(self._address("postgres")):
            return True
        return False

    def _address(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user={_SUPERUSER} dbname={database} connect_timeout=10"

    def _account_group(self) -> int:
        import pwd  # noqa: PLC0415 - POSIX alone has it

        return pwd.getpwnam(self._account).pw_gid

    def _as_account(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root."""
        if not self._account:
            return {}
        return {"user": self._account, "group": self._account_group(), "extra_groups": []}


def _account() -> str:
    """Whom root lends the server to; empty for anybody else."""
    if os.name != "posix" or os.geteuid() != 0:
        return ""
    import pwd  # noqa: PLC0415 - POSIX alone has it

    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _ACCOUNTS_FOR_ROOT if name in names)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return kept | {"LC_ALL": "C"}


def _free_port() -> int:
    """It is taken a while later: those who run tests beside each other draw from ports of their own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    mine = _PORTS[int(worker) % _MOST_WORKERS :: _MOST_WORKERS]
    for port in random.sample(mine, 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("No port is free for the PostgreSQL server.")


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".") if part.isdecimal())
