"""A read by calamine -> its result, or one SheetError, also where the library behind it gives up.

A file that its writer cut off makes that library panic: it prints its own words to the terminal, past Python, and
raises what is no ``Exception``. What is printed there is held back while it reads, and shown unless it panicked.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from hotline_batch.errors import SheetError

Result = TypeVar("Result")

_STANDARD_ERROR = 2


def without_panics(read: Callable[[], Result], failure: SheetError) -> Result:
    """What ``read`` gives; ``failure`` where it fails in any way but an interruption. SheetErrors pass as they are."""
    with _held_back() as discard:
        try:
            return read()
        except SheetError:
            raise
        except BaseException as error:
            # The class of a panic cannot be imported.
            is_panic = type(error).__name__ == "PanicException"
            if is_panic:
                discard()
            if is_panic or isinstance(error, Exception):
                raise failure from error
            raise


@contextmanager
def _held_back() -> Iterator[Callable[[], None]]:
    """Keeps what is written to standard error until the end; the function that is given discards it instead."""
    try:
        terminal = os.dup(_STANDARD_ERROR)
    except OSError:  # there is no standard error, as in a service
        yield lambda: None
        return
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), _STANDARD_ERROR)
        try:
            yield lambda: os.ftruncate(kept.fileno(), 0)
        finally:
            os.dup2(terminal, _STANDARD_ERROR)
            os.close(terminal)
            kept.seek(0)
            words = kept.read().lstrip(b"\0")
            while words:
                words = words[os.write(_STANDARD_ERROR, words) :]
