"""What people were told of a run: each kind of news is taken by one process, once, and what became of it is kept."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import text

from hotline_batch.language.words import translated
from hotline_batch.ledger.database.transactions import Length, database_now, writing
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.ledger.records import as_json

_TAKE = text("""
    insert into news (run_key, kind, occasion, taken_at, told) values (:run_key, :kind, :occasion, :now, '')
    on conflict (run_key, kind, occasion) do nothing
""")
_NOTE = text("update news set told = :told where run_key = :run_key and kind = :kind and occasion = :occasion")
_ALL = text("select kind, told from news where run_key = :run_key order by taken_at, kind, occasion")


@dataclass(frozen=True, slots=True)
class Told:
    """One of those who were to be told, as may be shown, and why that one could not be; empty where it was."""

    channel: str
    problem: str = ""

    @property
    def problem_words(self) -> str:
        """The problem in the reader's language; it is kept in English."""
        return translated(self.problem)


@dataclass(frozen=True, slots=True)
class ToldNews:
    """News of one kind. ``told`` is None while they are on their way, or where whoever was to send them died before."""

    kind: str
    told: Sequence[Told] | None


def take_news(ledger: Ledger, run_id: str, kinds: Collection[str], occasion: int = 0) -> frozenset[str]:
    """Those of the kinds that nobody has taken of this run; whoever took them tells them, and nobody else ever does.

    Taken before they are sent: a process that dies in between leaves something untold, which the run itself shows. The
    other way round the next process would tell it twice.
    """
    with writing(ledger.engine, "noting who is told", Length.SHORT) as connection:
        run_key = ledger.run_key(run_id, connection)
        values = {"run_key": run_key, "occasion": occasion, "now": database_now(connection)}
        return frozenset(
            kind for kind in sorted(kinds) if connection.execute(_TAKE, values | {"kind": kind}).rowcount == 1
        )


def note_told(ledger: Ledger, run_id: str, kinds: Collection[str], told: Sequence[Told], occasion: int = 0) -> None:
    """Keep what became of news that were taken."""
    kept = as_json([asdict(each) for each in told])
    with writing(ledger.engine, "noting who was told", Length.SHORT) as connection:
        values = {"run_key": ledger.run_key(run_id, connection), "occasion": occasion, "told": kept}
        for kind in sorted(kinds):
            connection.execute(_NOTE, values | {"kind": kind})


def news_of_run(ledger: Ledger, run_id: str) -> Sequence[ToldNews]:
    """What people were told of a run, the earliest first."""
    found = ledger.found(run_id, _ALL, "reading who was told")
    return [
        ToldNews(
            row.kind,
            [Told(each["channel"], each["problem"]) for each in json.loads(row.told)] if row.told else None,
        )
        for row in found
    ]
