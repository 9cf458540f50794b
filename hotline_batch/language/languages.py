"""Which languages there are, which of them somebody means by a wish such as ``de-AT``, ``ru_RU.UTF-8`` or LANG, and in
which one the words are: that of the request that is answered, else that of the process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from pathlib import Path

SOURCE = "en"
"""The language that the sentences of the program are written in."""
CATALOGUES = Path(__file__).parent / "catalogues"
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def catalogue_file(language: str, ending: str = "po") -> Path:
    """Where a language's sentences stand; ``po`` is what people write, ``mo`` what is made of it when it is packed."""
    return CATALOGUES / language / "LC_MESSAGES" / f"hotline_batch.{ending}"


@cache
def languages() -> tuple[str, ...]:
    """The code of each, English first. A catalogue is all that it takes to be one of them."""
    return (SOURCE, *sorted(folder.name for folder in CATALOGUES.iterdir() if folder.is_dir()))


@cache
def own_name(language: str) -> str:
    """What those who speak it call it: Deutsch."""
    from babel import Locale  # noqa: PLC0415 - whoever reads English on a terminal goes without

    name = Locale.parse(language).get_language_name() or language
    return name[0].upper() + name[1:]


def meant_by(wish: str) -> str | None:
    """The language that a wish means: a code, a locale of the system, one of a browser; None where it is not known."""
    code = wish.strip().partition(".")[0].partition("@")[0].replace("-", "_").partition("_")[0].lower()
    return code if code in languages() else None


def of_browser(accepted: str) -> str | None:
    """The first that is known of an ``Accept-Language``, by what it prefers; None where none is."""
    wishes = []
    for place, part in enumerate(accepted.split(",")):
        wish, _, quality = part.partition(";")
        weight = _weight(quality)
        language = meant_by(wish)
        if language and weight > 0:
            wishes.append((-weight, place, language))
    return min(wishes)[2] if wishes else None


def _weight(quality: str) -> float:
    name, _, value = quality.strip().partition("=")
    try:
        return float(value) if name.strip().lower() == "q" else 1.0
    except ValueError:
        return 0.0


def of_environment(environ: Mapping[str, str]) -> str | None:
    """What the system's variables say; the first that is set counts, whether or not its language is known."""
    said = next((environ[name] for name in _VARIABLES if environ.get(name)), "")
    return meant_by(said)


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
