"""What the program's loggers say -> lines of a log: a fixed event, its fields, no secret; and where they go.

The message of a record is fixed words, such as ``row claimed``; everything that differs from line to line is a field
of ``extra``. ``run`` and ``row`` say what it is about. Whoever writes such a line passes codes, numbers and names of
files, never the text of a cell, a message or an answer. Nothing about a log ever stands in a run's way.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from hotline_batch.cli.screen.console import shown
from hotline_batch.client.redaction import Redactor
from hotline_batch.settings.process import LogChoices, make_log_file
from hotline_batch.settings.secrets import noted_secrets

_OF_EVERY_RECORD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "run", "row"}
_NEEDS_QUOTES = re.compile(r"[\s\"=\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]|^$")


class _Lines(logging.Formatter):
    """Record -> line. ``with_tracebacks``: an error's frames are told, else only its kind and place."""

    def __init__(self, *, with_tracebacks: bool) -> None:
        super().__init__()
        self._with_tracebacks = with_tracebacks
        self._hidden: frozenset[str] = frozenset()
        self._redactor = Redactor(())

    def _facts(self, record: logging.LogRecord) -> Mapping[str, object]:
        """The line's values by name, in their order, without secrets."""
        facts: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname,
            "event": str(record.msg).replace(" ", "_"),
            "run": getattr(record, "run", None),
            "row": getattr(record, "row", None),
            "message": record.getMessage(),
        }
        own = ((key, value) for key, value in vars(record).items() if key not in _OF_EVERY_RECORD)
        facts |= {key: _plain(value) for key, value in own if value is not None}
        if record.exc_info and record.exc_info[1]:
            facts |= _of_error(record.exc_info[1], with_traceback=self._with_tracebacks)
        facts["process"] = record.process
        if (hidden := noted_secrets()) != self._hidden:
            self._hidden, self._redactor = hidden, Redactor(hidden)
        cleaned = self._redactor.fields(facts)
        assert isinstance(cleaned, dict)  # noqa: S101 - fields in, fields out
        return cleaned


class JsonLines(_Lines):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return json.dumps(self._facts(record))  # ASCII: whatever splits texts into lines finds none within


class TextLines(_Lines):
    """Time, level and event, then ``name=value`` for each field; a traceback follows in lines of its own, indented."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        facts = dict(self._facts(record))
        time, level, _, words = facts.pop("time"), facts.pop("level"), facts.pop("event"), facts.pop("message")
        frames = str(facts.pop("traceback", ""))
        line = f"{time} {level:<7} {words}"
        line += "".join(f" {name}={_shown(value)}" for name, value in facts.items() if value is not None)
        return line + "".join(f"\n    {frame}" for frame in frames.splitlines())


def tracebacks_of(error: BaseException) -> Iterator[str]:
    """The frames and kinds of an error and of those behind it: not their texts, which may hold a cell or a key."""
    behind = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if behind is not None:
        yield from tracebacks_of(behind)
        yield "Then, while that was dealt with:"
    yield "Traceback (most recent call last):"
    for frame in traceback.format_tb(error.__traceback__):
        yield from frame.rstrip("\n").split("\n")
    number = f" [Errno {error.errno}] {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
    yield f"{type(error).__module__}.{type(error).__qualname__}{number}"


def _of_error(error: BaseException, *, with_traceback: bool) -> Mapping[str, object]:
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else None
    told: dict[str, object] = {"error": type(error).__name__, "place": place}
    if with_traceback:
        told["traceback"] = "\n".join(tracebacks_of(error))
    return told


def _plain(value: object) -> object:
    """A value as JSON has it."""
    match value:
        case bool() | int() | None:
            return value
        case float():
            return round(value, 6)
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return str(value)


def _shown(value: object) -> str:
    """A value in a line of text: quoted where it would be read as more than one."""
    if isinstance(value, str) and _NEEDS_QUOTES.search(value) is None:
        return value
    return shown(json.dumps(value, ensure_ascii=False))


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
