"""Standard streams as the parent left them (closed, full, read by nobody) -> streams that lose nothing unnoticed."""

from __future__ import annotations

import codecs
import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

from hotline_batch.errors import NotWritten
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words


def mend_streams() -> None:
    """Let standard output raise NotWritten where it takes no more, and standard error give up.

    Before any file is opened: that file, the ledger perhaps, would get the number of a stream that the parent closed,
    and words would be written into it. Such a stream is as a full one. Letters that an encoding lacks are escaped.
    """
    if sys.stdin is None:
        _occupy(0, os.O_RDONLY)
    if sys.stdout is None:
        _occupy(1, os.O_RDONLY)  # so that each use fails
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - open until the end
    if sys.stderr is None:
        _occupy(2, os.O_WRONLY)
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - the same
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            is_ascii = codecs.lookup(stream.encoding).name == "ascii"  # nobody has chosen it
            stream.reconfigure(encoding="utf-8" if is_ascii else None, errors="backslashreplace")
    sys.stdout = cast("TextIO", _Answers(sys.stdout))
    sys.stderr = cast("TextIO", _Words(sys.stderr))


def end_streams() -> bool:
    """Write out what is buffered; whether standard output took it.

    What it did not take goes nowhere: Python would try once more at its end, complain, and change the exit code.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (NotWritten, OSError, ValueError):
        give_up_output()
        return False
    return True


def give_up_output() -> None:
    """Let what standard output did not take, and whatever is written to it from now on, go nowhere."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def is_read_by_nobody(error: NotWritten) -> bool:
    """Whether the reader of standard output has gone: he has seen what he wanted."""
    return isinstance(error.__cause__, BrokenPipeError)


class _Answers:
    """A text stream that says what it did not take. Raises NotWritten, which nobody takes for a file's failure."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except (OSError, ValueError) as error:
            raise _not_taken(error) from error

    def flush(self) -> None:
        try:
            self._stream.flush()
        except (OSError, ValueError) as error:
            raise _not_taken(error) from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Words:
    """A text stream for words to a person, which may be lost."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _not_taken(error: OSError | ValueError) -> NotWritten:
    said = reason_of(error)
    return NotWritten(words("Standard output did not take the answer: {said}.", said=said))


def _occupy(number: int, flags: int) -> None:
    opened = os.open(os.devnull, flags)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
