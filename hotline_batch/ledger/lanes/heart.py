"""While lanes are held: signs of life and progress into the ledger, wishes to stop and losses out of it.

One heart serves all that a process holds of a ledger, however many lanes that are: it costs two transactions every two
seconds. Each lane is renewed under its own token, so who has lost one keeps the others.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine, bindparam, select, text

from hotline_batch.errors import LedgerError
from hotline_batch.ledger.database.transactions import Length, database_now, reading, waiting_at_most, writing
from hotline_batch.ledger.lanes.lane import WHOLE_RUN, Hold, StopWish, progress_as_json
from hotline_batch.ledger.lanes.sign_of_life import SignOfLife
from hotline_batch.ledger.schema import lane as lane_table

HEARTBEAT_SECONDS = 2.0
LOOK_EVERY_SECONDS = 1.0
"""A wish to stop is seen within this time."""

# Somebody who vanished may have left a lane locked: the others must not go without a sign of life for it.
_WAIT_FOR_LANES_SECONDS = 1.0
_WAIT_FOR_ONE_SECONDS = 0.25

_ASK_OTHERS = text("""
    update lane set stop_asked_at = :now, stop_asked_by = '', stop_code = :code, stop_reason = :reason
    where run_key = :run_key and name <> '' and state in ('waiting', 'driving') and stop_asked_at is null
      and name not in :names
""").bindparams(bindparam("names", expanding=True))

_log = logging.getLogger(__name__)

_BEAT = text("""
    update lane set heartbeat_at = :now, progress = coalesce(cast(:progress as text), progress)
    where run_key = :run_key and name = :name and token = :token and worker <> ''
""")


_TOKENS = text("select run_key, name, token from lane where run_key in :run_keys").bindparams(
    bindparam("run_keys", expanding=True)
)


def ask_others_to_stop(connection: Connection, hold: Hold, code: str, reason: str) -> None:
    """Ask whoever works on other lanes of the run to stop for a reason that concerns it as a whole."""
    values = {"run_key": hold.run_key, "now": database_now(connection), "code": code, "reason": reason}
    connection.execute(_ASK_OTHERS, values | {"names": [*hold.names, WHOLE_RUN]})


class Heart:
    """The heart of these holds; more may come, and each may go, while its thread beats."""

    def __init__(self, engine: Engine, *holds: Hold) -> None:
        self._engine = engine
        self._holds = list(holds)
        self._passed_on: set[Hold] = set()
        self._wishes_told: dict[Hold, set[tuple[str, str]]] = {}
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="heartbeat", daemon=True)

    def start(self) -> None:
        """From now on it beats by itself."""
        self._thread.start()

    def end(self) -> None:
        """It beats no more."""
        self._is_over.set()
        self._thread.join(HEARTBEAT_SECONDS)

    def take_in(self, hold: Hold) -> None:
        """Keep one hold more."""
        with self._lock:
            self._holds.append(hold)

    def let_go(self, hold: Hold) -> bool:
        """Keep that one no longer; whether it was the last."""
        with self._lock:
            self._holds.remove(hold)
            self._passed_on.discard(hold)
            self._wishes_told.pop(hold, None)
            return not self._holds

    def beat(self) -> None:
        """Give a sign of life for every lane that is held, and say how far it is."""
        holds = self._held
        try:
            self._renew(holds, _WAIT_FOR_LANES_SECONDS)
        except LedgerError:
            # Each by itself: one that is locked must not cost the others their lease.
            until = time.monotonic() + HEARTBEAT_SECONDS
            for hold in holds if len(holds) > 1 else ():
                if time.monotonic() < until:
                    with suppress(LedgerError):
                        self._renew([hold], _WAIT_FOR_ONE_SECONDS)

    def look(self) -> None:
        """See whether somebody wants the work to stop, or has taken a lane, and tell it."""
        holds = self._held
        # A lane that is taken while the ledger is read stands there as it was before.
        tokens = [(hold, name, hold.token(name)) for hold in holds for name in sorted(hold.names)]
        columns = lane_table.c
        query = select(lane_table).with_only_columns(
            columns.run_key, columns.name, columns.token, columns.stop_asked_at, columns.stop_asked_by,
            columns.stop_code, columns.stop_reason,
        ).where(columns.run_key.in_({hold.run_key for hold in holds}))  # fmt: skip
        with reading(self._engine, "looking for a wish to stop", Length.SHORT) as connection:
            found = {(row.run_key, row.name): row for row in connection.execute(query)}
        for hold, name, token in tokens:
            row = found.get((hold.run_key, name))
            if row is None or row.token != token:
                _log.warning("lane lost", extra={"run": hold.run_id, "lane": name or None})
                hold.lose(name)
            elif row.stop_asked_at is not None and self._is_news(hold, name, row.stop_code):
                hold.wish(StopWish(row.stop_asked_at, row.stop_asked_by, row.stop_code, row.stop_reason))

    def pass_on(self) -> None:
        """Ask those who work on other lanes of a run to stop, where there is a reason for it."""
        for hold in self._held:
            if hold.reason_for_others and hold not in self._passed_on:
                with suppress(LedgerError):
                    self._ask_others(hold, *hold.reason_for_others)

    def _ask_others(self, hold: Hold, code: str, reason: str) -> None:
        with writing(self._engine, "stopping the run", Length.SHORT) as connection:
            ask_others_to_stop(connection, hold, code, reason)
        with self._lock:
            self._passed_on.add(hold)

    @property
    def _held(self) -> Collection[Hold]:
        with self._lock:
            return list(self._holds)

    def _is_news(self, hold: Hold, name: str, code: str) -> bool:
        with self._lock:
            told = self._wishes_told.setdefault(hold, set())
            is_news = (name, code) not in told
            told.add((name, code))
            return is_news

    def _renew(self, holds: Iterable[Hold], wait_seconds: float) -> None:
        # In the order of all who lock several lanes.
        held = sorted(((hold.run_key, name, hold) for hold in holds for name in hold.names), key=lambda each: each[:2])
        if not held:
            return
        sign = SignOfLife()  # from before it is written: nobody counts from an earlier moment
        with writing(self._engine, "giving a sign of life", Length.SHORT) as connection:
            waiting_at_most(connection, wait_seconds)
            now, beats = database_now(connection), []
            for run_key, name, hold in held:
                told = hold.progress.get(name)
                beat = {"run_key": run_key, "name": name, "token": hold.token(name), "now": now}
                beats.append(beat | {"progress": None if told is None else progress_as_json(told)})
            connection.execute(_BEAT, beats)
            found = {
                tuple(row) for row in connection.execute(_TOKENS, {"run_keys": [beat["run_key"] for beat in beats]})
            }
        for (_, _, hold), beat in zip(held, beats, strict=True):
            if (beat["run_key"], beat["name"], beat["token"]) in found:
                hold.gave(sign, str(beat["name"]))

    def _go_on(self) -> None:
        looks = 0
        while not self._is_over.wait(LOOK_EVERY_SECONDS):
            looks += 1
            # One beat that is missed costs nothing; whoever takes a lane over raises its token.
            self.pass_on()
            with suppress(LedgerError):
                self.look()
            if looks * LOOK_EVERY_SECONDS >= HEARTBEAT_SECONDS:
                looks = 0
                self.beat()


_hearts: dict[Engine, Heart] = {}
_changing = threading.Lock()


@contextmanager
def kept_alive(engine: Engine, hold: Hold) -> Iterator[None]:
    """Within: the heart of this process beats for the hold, too."""
    with _changing:
        if heart := _hearts.get(engine):
            heart.take_in(hold)
        else:
            heart = _hearts[engine] = Heart(engine, hold)
            heart.start()
    try:
        yield
    finally:
        with _changing:
            is_last = heart.let_go(hold)
            if is_last:
                del _hearts[engine]
        if is_last:
            heart.end()
