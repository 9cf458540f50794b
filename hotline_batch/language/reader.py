"""Whose language the words are in: that of the request that is answered, else that of the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

from hotline_batch.language.languages import SOURCE

_of_request: ContextVar[str | None] = ContextVar("hotline_batch_language", default=None)


class _Process:
    """A command has one reader, whichever of its threads speaks; only a page answers several."""

    language = SOURCE


def language_of_reader() -> str:
    """The code of the language that words are made in here and now."""
    return _of_request.get() or _Process.language


@contextmanager
def reading_in(language: str) -> Iterator[None]:
    """Within it, words are made in this language; other requests and threads are not touched."""
    before = _of_request.set(language)
    try:
        yield
    finally:
        _of_request.reset(before)


def reading_for_programs(*, wanted: bool) -> AbstractContextManager[None]:
    """Within it, words are English where a program wants to read them, such as JSON, whatever its person reads."""
    return reading_in(SOURCE) if wanted else nullcontext()


def speak(language: str) -> None:
    """From now on this process speaks this language, wherever no request asks for another."""
    _Process.language = language
