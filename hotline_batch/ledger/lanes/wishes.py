"""Somebody wants the work on a run to stop: kept where whoever does that work sees it within a second or two."""

from __future__ import annotations

from sqlalchemy import text

from hotline_batch.ledger.database.transactions import database_now, writing
from hotline_batch.ledger.lanes.lane import WHOLE_RUN, lanes_of
from hotline_batch.ledger.lanes.workers import is_here
from hotline_batch.ledger.ledger import Ledger

_ASK = text("""
    update lane set stop_asked_at = :now, stop_asked_by = :by, stop_code = :code, stop_reason = :reason
    where run_key = :run_key and (name = '' or state in ('waiting', 'driving'))
      and (stop_asked_at is null or stop_code = 'handed_back')
""")
_ASK_BACK = text("""
    update lane set stop_asked_at = :now, stop_asked_by = '', stop_code = 'handed_back', stop_reason = ''
    where run_key = :run_key and name = :name and stop_asked_at is null
""")


def ask_to_stop(ledger: Ledger, run_id: str, by: str, code: str, reason: str) -> bool:
    """Ask whoever works on a run to stop, and say whether anybody does."""
    with writing(ledger.engine, "asking the run to stop") as connection:
        run_key = ledger.run_key(run_id, connection)
        is_held = any(lane.is_held for lane in lanes_of(connection, run_key, locked=True).values())
        if is_held:
            values = {"run_key": run_key, "now": database_now(connection), "by": by, "code": code, "reason": reason}
            connection.execute(_ASK, values)
        return is_held


def ask_back(ledger: Ledger, run_id: str) -> bool:
    """Ask whoever works on lanes of a run on this machine to leave them to others; whether anybody does."""
    with writing(ledger.engine, "asking for the run") as connection:
        run_key = ledger.run_key(run_id, connection)
        lanes = lanes_of(connection, run_key, locked=True).values()
        held = [lane for lane in lanes if lane.is_held and lane.worker is not None and is_here(lane.worker)]
        now = database_now(connection)
        for lane in held:
            if lane.name != WHOLE_RUN:  # whoever concludes a run is about to end
                connection.execute(_ASK_BACK, {"run_key": run_key, "name": lane.name, "now": now})
        return bool(held)
