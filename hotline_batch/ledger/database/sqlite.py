"""A ledger in a file: SQLite, with everything on the disk before it counts."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from hotline_batch.errors import LedgerError
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.next_step import NextStep, step

APPLICATION_ID = 0x484C424C
"""Marks the file as ours (PRAGMA application_id): the letters "HLBL"."""

_WAIT_FOR_OTHERS_MILLISECONDS = 30_000
# Measured: storing a million rows takes 6 % less than with SQLite's own 4,096, a commit of a few rows 3 % more.
_PAGE_BYTES = 8_192

_RESERVE_BYTES = 1 << 20


def make_file(url: URL) -> Path:
    """The file of the ledger, made if it is not there. Raises LedgerError where it cannot be used."""
    if not url.database or url.database == ":memory:":
        raise LedgerError(words("The ledger must be a file, so that it outlives the program: sqlite:///PATH."))
    # Resolved: the reserve lies beside the file itself, whatever link it is reached by.
    try:
        named = Path(url.database).expanduser()
        path = named.resolve()
        if path.exists():
            _check_use(path)
        else:
            _refuse_slash_left_out(named)
            _make(path)
    except (OSError, RuntimeError) as error:
        reason = reason_of(error, words("no such folder"))
        raise _not_opened(url, reason) from None
    return path


def _refuse_slash_left_out(path: Path) -> None:
    """LedgerError for a path into folders that are not there from the working folder: a whole one was meant, mostly.

    Folders made for it would hold a ledger that no other working folder knows, nor a container that is made anew.
    """
    if path.is_absolute() or path.parent.exists() or path.parts[0] == "..":
        return
    raise LedgerError(
        words(
            "The ledger {path} is to lie in a folder that is not there, seen from the working folder. A whole path is "
            "written with four slashes: sqlite:////{path}. If a path from here is meant, make the folder.",
            path=path.as_posix(),
        )
    )


def identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def log_path(path: Path) -> Path:
    """The write-ahead log of the file, which SQLite takes into it when the last one closes it, and removes then."""
    return path.with_name(f"{path.name}-wal")


def take_in_log(engine: Engine) -> None:
    """Take what the write-ahead log holds into the file, as far as whoever reads there lets it; never fails."""
    with suppress(SQLAlchemyError, sqlite3.Error), closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(FULL)").fetchall()


def open_engine(path: Path) -> Engine:
    """The engine of a file that is there. Raises LedgerError for one that may be in use under another name."""
    _refuse_other_names(path)
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"check_same_thread": False},
        max_overflow=-1,
        # Whoever writes again gets the connection it wrote with: any other would read anew what has changed since.
        pool_use_lifo=True,
    )
    event.listen(engine, "connect", _settle)
    event.listen(engine, "begin", _begin)
    return engine


def _refuse_other_names(path: Path) -> None:
    """The write-ahead log is found by the name of the file (sqlite.org/howtocorrupt.html): whoever has it is right."""
    with suppress(OSError):  # told where it is opened
        if log_path(path).exists():
            return
        if path.stat().st_nlink > 1:
            raise LedgerError(
                words(
                    "The ledger {path} has several names (hard links). Under this one nobody sees what was sent last "
                    "under another, which would be sent again. End what uses it. Keep the name beside which a file "
                    "ending in -wal lies, or else the one that was used last, and remove the others. Copy it where a "
                    "copy is wanted.",
                    path=path,
                )
            )
        if _is_mount_point(path):
            raise LedgerError(
                words(
                    "The ledger {path} is mounted by itself, without its folder. What is sent last is written beside "
                    "it, and would be lost with this container, or unseen outside of it: it would be sent again. Mount "
                    "the whole folder.",
                    path=path,
                )
            )


def _is_mount_point(path: Path) -> bool:
    """Whether the file itself is mounted, as containers can have it; Linux lists where (proc_pid_mountinfo(5)).

    That it lies on another device than its folder does not tell: layers of an overlay may, too.
    """
    place = re.sub(r"[ \t\n\\]", lambda blank: f"\\{ord(blank[0]):03o}", str(path.resolve()))
    with suppress(OSError):
        mounts = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
        return any(mount.split(" ")[4] == place for mount in mounts.splitlines())
    return False


def _make(path: Path) -> None:
    """Make the file with its mode before SQLite opens it; its journal files inherit the mode.

    Only where it is missing: whoever closes a file loses all locks of the process on it (POSIX), and with them what
    SQLite promised another connection of this process.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600))
    except FileExistsError:  # another process was faster
        _check_use(path)


def _check_use(path: Path) -> None:
    if path.is_dir():
        raise IsADirectoryError(None, words("it is a folder"))
    if not os.access(path, os.R_OK | os.W_OK):
        raise PermissionError(None, "Permission denied")
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(None, words("its folder cannot be written to"))


def _not_opened(url: URL, reason: str) -> LedgerError:
    said = words("The ledger {database} cannot be opened for writing ({reason}).", database=url.database, reason=reason)
    if os.path.lexists(Path(str(url.database)).expanduser()):
        return LedgerError(
            words(
                "{said} It knows what was sent, so do not start another one: have its owner let you write to it.",
                said=said,
            )
        )
    return LedgerError(said, step(NextStep.NAME_LEDGER))


def _settle(connection: Any, _record: object) -> None:
    # Transactions begin where the code says so (below), not where the driver guesses.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_WAIT_FOR_OTHERS_MILLISECONDS}")
    _write_ahead(cursor)
    # FULL: a commit returns when it is on the disk. NORMAL would lose the last commits at a power cut, and with
    # them the only evidence that a message left.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    # IMMEDIATE: a transaction that means to write waits its turn at its start instead of failing at its end.
    reads_only = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Choose pages and log of a new file; both are kept in it, so a stranger's file is left as it is."""
    until = time.monotonic() + _WAIT_FOR_OTHERS_MILLISECONDS / 1000
    while True:
        try:
            is_empty = cursor.execute("PRAGMA page_count").fetchone() == (0,)
            if is_empty:
                cursor.execute(f"PRAGMA page_size={_PAGE_BYTES}")
            if is_empty or cursor.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,):
                cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            # Where several open a new file at the same moment, SQLite does not always wait by itself.
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def make_reserve(path: Path) -> None:
    """Make the file unless it is there; what is known of the rows in flight can still be written when it is removed.

    Where there is no room for it, a full disk costs some certainty, never a second message.
    """
    if path.exists():
        return
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    except OSError:
        return
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(_RESERVE_BYTES))  # zeros take no room on a file system that compresses
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            path.unlink()
