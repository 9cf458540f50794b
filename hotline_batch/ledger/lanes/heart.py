"""While lanes are held: signs of life and progress into the ledger, wishes to stop and losses out of it."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select, text

from hotline_batch.errors import LedgerError
from hotline_batch.ledger.database.transactions import Length, database_now, reading, writing
from hotline_batch.ledger.lanes.hold import Hold
from hotline_batch.ledger.lanes.lane import WHOLE_RUN, StopWish, progress_as_json
from hotline_batch.ledger.schema import lane as lane_table

HEARTBEAT_SECONDS = 2.0
LOOK_EVERY_SECONDS = 1.0
"""A wish to stop is seen within this time."""

_ASK_OTHERS = text("""
    update lane set stop_asked_at = :now, stop_asked_by = '', stop_code = :code, stop_reason = :reason
    where run_key = :run_key and name <> '' and state in ('waiting', 'driving') and stop_asked_at is null
      and name not in :names
""").bindparams(bindparam("names", expanding=True))

_log = logging.getLogger(__name__)

_BEAT = text("""
    update lane set heartbeat_at = :now where run_key = :run_key and name = :name and token = :token and worker <> ''
""")
_BEAT_AND_TELL = text("""
    update lane set heartbeat_at = :now, progress = :progress
    where run_key = :run_key and name = :name and token = :token and worker <> ''
""")


def ask_others_to_stop(connection: Connection, hold: Hold, code: str, reason: str) -> None:
    """Ask whoever works on other lanes of the run to stop for a reason that concerns it as a whole."""
    values = {"run_key": hold.run_key, "now": database_now(connection), "code": code, "reason": reason}
    connection.execute(_ASK_OTHERS, values | {"names": [*hold.names, WHOLE_RUN]})


class Heart:
    """The heart of one hold; it beats in a thread of its own while the context lasts."""

    def __init__(self, engine: Engine, hold: Hold) -> None:
        self._engine = engine
        self._hold = hold
        self._is_over = threading.Event()
        self._is_passed_on = False
        self._wishes_told: set[str] = set()
        self._thread = threading.Thread(target=self._go_on, name="heartbeat", daemon=True)

    def __enter__(self) -> Heart:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._thread.join(HEARTBEAT_SECONDS)

    def beat(self) -> None:
        """Give a sign of life, and say how far the lanes are."""
        told, hold = self._hold.progress, self._hold
        lanes = [(name, hold.token(name)) for name in sorted(hold.names)]
        if not lanes:
            return
        with writing(self._engine, "giving a sign of life", Length.SHORT) as connection:
            now = database_now(connection)
            # In the order of all who lock several lanes.
            for name, token in lanes:
                values: dict[str, Any] = {"run_key": hold.run_key, "name": name, "token": token, "now": now}
                if name in told:
                    connection.execute(_BEAT_AND_TELL, values | {"progress": progress_as_json(told[name])})
                else:
                    connection.execute(_BEAT, values)

    def look(self) -> None:
        """See whether somebody wants the work to stop, or has taken a lane, and tell it."""
        hold, columns = self._hold, lane_table.c
        # A lane that is taken while the ledger is read stands there as it was before.
        tokens = {name: hold.token(name) for name in sorted(hold.names)}
        query = select(lane_table).with_only_columns(
            columns.name, columns.token, columns.stop_asked_at, columns.stop_asked_by, columns.stop_code,
            columns.stop_reason,
        ).where(columns.run_key == hold.run_key)  # fmt: skip
        with reading(self._engine, "looking for a wish to stop", Length.SHORT) as connection:
            found = {row.name: row for row in connection.execute(query)}
        for name, token in tokens.items():
            row = found.get(name)
            if row is None or row.token != token:
                _log.warning("lane lost", extra={"run": hold.run_id, "lane": name or None})
                hold.lose(name)
            elif row.stop_asked_at is not None and name not in self._wishes_told:
                self._wishes_told.add(name)
                hold.wish(StopWish(row.stop_asked_at, row.stop_asked_by, row.stop_code, row.stop_reason))

    def pass_on(self) -> None:
        """Ask those who work on other lanes of the run to stop, where there is a reason for it."""
        if self._hold.reason_for_others and not self._is_passed_on:
            with writing(self._engine, "stopping the run", Length.SHORT) as connection:
                ask_others_to_stop(connection, self._hold, *self._hold.reason_for_others)
            self._is_passed_on = True

    def _go_on(self) -> None:
        looks = 0
        while not self._is_over.wait(LOOK_EVERY_SECONDS):
            looks += 1
            # One beat that is missed costs nothing; whoever takes a lane over raises its token.
            with suppress(LedgerError):
                self.pass_on()
                self.look()
                if looks * LOOK_EVERY_SECONDS >= HEARTBEAT_SECONDS:
                    looks = 0
                    self.beat()
