"""A row whose last attempt came to nothing, or whose worker died -> sent, where an earlier attempt of it was confirmed.

Such a confirmation comes late: a person had said meanwhile that the message is not there, and the row was tried again.
Of the row's own columns it has all but the state by then, see ``statements.RECORD``.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, text

# Whoever keeps a confirmation of one of these rows at this moment is waited for, so that it is seen.
_LOCK = text("""
    select 1 from sheet_row where run_key = :run_key and position in :positions order by position for update
""").bindparams(bindparam("positions", expanding=True))

# What a person has said since of a confirmation that named another user's topic is no confirmation: up to version 0.1
# the attempt was kept as a confirmed one. Of codes, a warning of the confirmation itself is kept.
_END_AS_CONFIRMED = text("""
    update sheet_row
    set state = 'succeeded', not_before = null, finished_at = coalesce(finished_at, claimed_at),
        code = case when code in ('reply_differs', 'reply_without_link') then code else '' end,
        parameters = case when code in ('reply_differs', 'reply_without_link') then parameters else '' end
    where run_key = :run_key and position in :positions and state = 'in_flight' and exists (
        select 1 from attempt as confirmed
        where confirmed.run_key = sheet_row.run_key and confirmed.position = sheet_row.position
          and confirmed.number < sheet_row.attempts and confirmed.delivery = 'yes' and not exists (
              select 1 from resolution
              where resolution.run_key = confirmed.run_key and resolution.position = confirmed.position
                and resolution.code_before = 'another_topic'
                and resolution.resolved_at >= confirmed.started_at + confirmed.duration_seconds))
""").bindparams(bindparam("positions", expanding=True))


def end_as_confirmed(connection: Connection, run_key: int, positions: Sequence[int]) -> None:
    """End those of these rows in flight that an earlier attempt confirmed; call it before their last one is kept."""
    if not positions:
        return
    rows = {"run_key": run_key, "positions": sorted(positions)}
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, rows)
    connection.execute(_END_AS_CONFIRMED, rows)
