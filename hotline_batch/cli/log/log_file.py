"""Where the lines of a log go while a command works; nothing about it ever stands in a run's way."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from hotline_batch.cli.log.lines import JsonLines, TextLines
from hotline_batch.settings.process import LogChoices, make_log_file

LARGEST_BYTES = 10_000_000
"""So far grows the log of a command that serves without an end; then it is put aside as ``NAME.1``."""

KEPT_FILES = 9

_PROGRAM = logging.getLogger("hotline_batch")


class _LogFile(RotatingFileHandler):
    """Lines are added to a file that is its owner's alone, until the disk takes no more: then they are left out.

    Where another process, or the machine's own rotation, has put the file aside, the next line begins a new one.
    """

    def __init__(self, path: Path, most_bytes: int) -> None:
        super().__init__(
            path,
            maxBytes=most_bytes,
            backupCount=KEPT_FILES if most_bytes else 0,
            encoding="utf-8",
            errors="backslashreplace",
        )
        self._path = Path(self.baseFilename)
        self.rotator = self._put_aside

    def emit(self, record: logging.LogRecord) -> None:
        stream = self.stream
        try:
            if stream and not _is_at(self._path, stream.fileno()):
                self.stream = None  # opened again by the library
                make_log_file(self._path)
                stream.close()
        except OSError:
            return
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Nothing: a full disk under the log is no reason to leave the rows on their way alone."""

    def close(self) -> None:
        with suppress(OSError):  # of what was not written before
            super().close()

    @staticmethod
    def _put_aside(source: str, target: str) -> None:
        Path(source).replace(target)
        make_log_file(Path(source))


class _StandardError(logging.StreamHandler[Any]):
    """Lines to standard error, as long as somebody reads it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Nothing: whoever read along has gone."""


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether the open file is the one that has this name now. Where open files keep their names, it always is."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextmanager
def kept_log(choices: LogChoices, *, rotates: bool = False) -> Iterator[None]:
    """Within: what the program's loggers say is written down as chosen. Afterwards everything is as before."""
    lines = (JsonLines if choices.format == "json" else TextLines)(with_tracebacks=choices.debug)
    handlers: list[logging.Handler] = []
    if choices.file:
        handlers.append(_LogFile(choices.file, LARGEST_BYTES if rotates else 0))
    if choices.debug and sys.stderr is not None:
        handlers.append(_StandardError(sys.stderr))
        # Beside a file, the screen shows only what the program did not expect.
        handlers[-1].setLevel(logging.CRITICAL if choices.file else logging.DEBUG)
    before = _PROGRAM.level
    if handlers:
        _PROGRAM.setLevel(logging.DEBUG if choices.debug else logging.INFO)
    for handler in handlers:
        handler.setFormatter(lines)
        _PROGRAM.addHandler(handler)
    try:
        yield
    finally:
        _PROGRAM.setLevel(before)
        for handler in handlers:
            _PROGRAM.removeHandler(handler)
            handler.close()


def log_in_use() -> Path | None:
    """The file that the lines go to; None if they go to none."""
    return next((Path(found.baseFilename) for found in _PROGRAM.handlers if isinstance(found, _LogFile)), None)
