"""A ledger URL -> an open database that keeps what it is told through a power cut, one engine a process."""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from hotline_batch.errors import LedgerError
from hotline_batch.language.words import words
from hotline_batch.ledger.database import postgresql, sqlite
from hotline_batch.ledger.database.failures import in_words
from hotline_batch.ledger.upgrades.migrations import prepare_schema
from hotline_batch.settings.addresses import shown_address
from hotline_batch.settings.secrets import HIDDEN

_SHORTEST_HIDDEN = 4

# Whatever is collected as garbage while a database is opened may let another one go, in this very thread.
_opening = threading.RLock()
_open: dict[object, tuple[Engine, int]] = {}


def open_database(url: str) -> Engine:
    """The database behind a ledger URL, made if it is not there; whoever opens it lets it go with ``let_go``.

    Everybody in this process who opens the same database gets the same engine. Raises LedgerError for a URL that
    cannot be used, a damaged or foreign file, or a newer schema.
    """
    parsed = _parsed(url)
    if parsed is None:
        raise LedgerError(
            words("The ledger's address cannot be read. Use sqlite:///PATH or postgresql://USER@HOST/DATABASE.")
        )
    with _opening:
        path: Path | None = None
        place: object = parsed
        match parsed.get_backend_name():
            case "sqlite":
                path = sqlite.make_file(parsed)
                place = sqlite.identity(path)
            case "postgresql":
                pass
            case _:
                raise LedgerError(
                    words("The ledger is kept in SQLite or PostgreSQL. Use sqlite:///PATH or postgresql://…")
                )
        engine, users = _open.get(place, (None, 0))
        if engine is not None:
            _open[place] = (engine, users + 1)
            return engine
        engine = sqlite.open_engine(path) if path else postgresql.open_engine(parsed)
        _prepare(engine, url, parsed)
        _open[place] = (engine, 1)
        return engine


def let_go(engine: Engine) -> None:
    """One user less; the last one closes the database."""
    with _opening:
        for place, (found, users) in list(_open.items()):
            if found is engine and users > 1:
                _open[place] = (engine, users - 1)
                return
            if found is engine:
                del _open[place]
    engine.dispose()


def ledger_path(url: str) -> Path | None:
    """The file of a ledger URL; None where it is not a file, or the URL cannot be read."""
    parsed = _parsed(url)
    is_file = parsed is not None and parsed.get_backend_name() == "sqlite"
    return Path(parsed.database) if parsed and is_file and parsed.database else None


def is_on_server(url: str) -> bool:
    """Whether a ledger URL names a server, which other machines may reach as well."""
    parsed = _parsed(url)
    return parsed is not None and parsed.get_backend_name() == "postgresql"


def may_be_there(url: str) -> bool:
    """Whether there is a ledger already. Also where that cannot be told: opening it says why."""
    path = ledger_path(url)
    try:
        return path is None or path.exists()
    except OSError:
        return True


def sqlite_path(engine: Engine) -> Path | None:
    """The ledger's file; None where it is not a file."""
    database = engine.url.database
    return Path(database) if engine.dialect.name == "sqlite" and database else None


def _parsed(url: str) -> URL | None:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is not a number
        return None


def _prepare(engine: Engine, address: str, url: URL) -> None:
    try:
        prepare_schema(engine)
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        raise _not_opened(address, url, error) from None
    except LedgerError:
        engine.dispose()
        raise


def _not_opened(address: str, url: URL, error: Exception) -> LedgerError:
    what = in_words(error)
    said = what.text
    for value in map(str, (url.password or "", *url.query.values())):
        # Shorter ones would be found in the midst of words.
        said = said.replace(value, HIDDEN) if len(value) >= _SHORTEST_HIDDEN else said
    return LedgerError(
        words("The ledger {shown_address} cannot be opened: {said}", shown_address=shown_address(address), said=said),
        *what.steps,
    )
