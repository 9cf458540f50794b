"""The ledger's tables, written once for SQLite and PostgreSQL.

`run` is one execution over one sheet, `sheet_row` one of its rows with what was decided and what became of it,
`attempt` one HTTP request, `resolution` what a person said about a row in doubt, `lane` who works on which rows of a
run, `streak` how many of them ended badly in a row, `inbox_file` which run a file of a watched folder became,
`correction` which run corrects which, `news` who was told of what, `topic` whose topic is whose, `pace` whose turn it
is, `meta` the version of this schema.
Times are seconds since the epoch, UTC. JSON is stored as text. No table holds a secret.
"""

from __future__ import annotations

import json

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    event,
)
from sqlalchemy.engine import Dialect

SCHEMA_VERSION = 5

_AS_JSON = "json:"


class AnyText(TypeDecorator[str]):
    """Text that may hold what no database stores: a file name that is not UTF-8, half a surrogate pair, NUL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - its protocol
        """Escaped only where it must be."""
        if value is None or (_is_storable(value) and not value.startswith(_AS_JSON)):
            return value
        return _AS_JSON + json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - its protocol
        """As it was."""
        return json.loads(value[len(_AS_JSON) :]) if value and value.startswith(_AS_JSON) else value


def _is_storable(value: str) -> bool:
    return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


# SQLite gives an automatic number only to a column that is spelled INTEGER.
RunKey = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

meta = Table("meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

run = Table(
    "run",
    metadata,
    Column("run_key", RunKey, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
    Column("sheet_path", AnyText, nullable=False),
    Column("worksheet", Text),
    Column("dialect", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("header", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("output_path", AnyText, nullable=False),
    Column("options", Text, nullable=False),
    Column("owner", AnyText, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("stop_code", Text, nullable=False),
    Column("stop_reason", AnyText, nullable=False),
    Column("active_seconds", Float, nullable=False),
    # Never given again: whoever slept while its run was deleted must not find another one under the same number.
    sqlite_autoincrement=True,
)

sheet_row = Table(
    "sheet_row",
    metadata,
    Column("run_key", RunKey, ForeignKey("run.run_key", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("cells", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("connection", Text, nullable=False),
    Column("key", LargeBinary),
    Column("arguments", Text),
    Column("problems", Text),
    Column("code", Text, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("http_status", Integer),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Float),
    Column("claimed_at", Float),
    Column("finished_at", Float),
    Column("topic_link", Text, nullable=False),
    Column("reply", Text),
    Column("typed", Text),
    sqlite_with_rowid=False,
)

# Asked before every send: was this very message sent or left in doubt by any other run? Only rows that were claimed
# count, so planning a million rows writes nothing here. A condition on claimed_at is what makes SQLite use the index.
# A statement, since an Index with postgresql_where would load that dialect, and asyncio with it, into every process.
_ADD_INDEX = DDL("create index sheet_row_key on sheet_row (key) where claimed_at is not null")  # type: ignore[no-untyped-call]  # SQLAlchemy's own
event.listen(sheet_row, "after_create", _ADD_INDEX)
# What a worker that died left in flight is found without a look at every row of the run.
ADD_INDEX_IN_FLIGHT = DDL(  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    "create index sheet_row_in_flight on sheet_row (run_key) where state = 'in_flight'"
)
event.listen(sheet_row, "after_create", ADD_INDEX_IN_FLIGHT)

attempt = Table(
    "attempt",
    metadata,
    Column("run_key", RunKey, ForeignKey("run.run_key", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_at", Float, nullable=False),
    Column("duration_seconds", Float, nullable=False),
    Column("http_status", Integer),
    Column("error_code", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    sqlite_with_rowid=False,
)

# What a person said about a row in doubt; kept beside the attempts for audit, never changed.
resolution = Table(
    "resolution",
    metadata,
    Column("run_key", RunKey, ForeignKey("run.run_key", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("resolved_at", Float, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("resolved_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("code_before", Text, nullable=False),
    sqlite_with_rowid=False,
)

# The rows of a run that share a pace, and who works on them; the lane without a name is the run as a whole. `worker` is
# empty where nobody does. Whoever takes a lane raises `token`, and nobody with an older one may claim a row of it any
# more. `taken_at` and `heartbeat_at` are by the database's clock. A wish to stop is one while `stop_asked_at` is set;
# `stop_code` and `stop_reason` are what for. `progress` is JSON, see LaneProgress. A lane goes with its run alone: its
# token must never begin anew.
lane = Table(
    "lane",
    metadata,
    Column("run_key", RunKey, ForeignKey("run.run_key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("connections", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("token", Integer, nullable=False),
    Column("worker", Text, nullable=False),
    Column("taken_at", Float, nullable=False),
    Column("heartbeat_at", Float, nullable=False),
    Column("for_workers", Integer, nullable=False),
    Column("stop_asked_at", Float),
    Column("stop_asked_by", AnyText, nullable=False),
    Column("stop_code", Text, nullable=False),
    Column("stop_reason", AnyText, nullable=False),
    Column("progress", Text, nullable=False),
)

# What the workers of one run have in common to tell when it is to stop: JSON, of the engine's breaker.
streak = Table(
    "streak",
    metadata,
    Column("run_key", RunKey, ForeignKey("run.run_key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
)

# A file of a watched folder that was not put away yet: `folder` is the id that lies in it, `run` that of its run, given
# out before there is one. `watcher` is empty where nobody is at work on it; `heartbeat_at` is by the database's clock.
inbox_file = Table(
    "inbox_file",
    metadata,
    Column("folder", Text, primary_key=True),
    Column("name", AnyText, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("run", Text, nullable=False),
    Column("watcher", Text, nullable=False),
    Column("heartbeat_at", Float, nullable=False),
    sqlite_with_rowid=False,
)

# What people were told of a run: each kind of news once, whoever works on the run. `occasion` tells those of one kind
# apart that may come twice, such as two questions for approval. `told` is JSON without secrets, see ToldNews; empty
# until the message has left, or where whoever was to send it died before.
news = Table(
    "news",
    metadata,
    Column("run_key", RunKey, ForeignKey("run.run_key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("occasion", Integer, primary_key=True, autoincrement=False),
    Column("taken_at", Float, nullable=False),
    Column("told", Text, nullable=False),
)

# Which run corrects what another one sent. Its rows stand at the same positions as those of the run it corrects, so
# that a row is known to be corrected by what became of the row at its place. `number` counts the corrections of one run
# from 1: whoever has not seen the newest one cannot add another.
correction = Table(
    "correction",
    metadata,
    Column(
        "corrected_key", RunKey, ForeignKey("run.run_key", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("run_key", RunKey, ForeignKey("run.run_key", ondelete="CASCADE"), nullable=False, unique=True),
)

# Whose topic is whose, as confirmed sends told; digests alone, see known_topics.
topic = Table(
    "topic",
    metadata,
    Column("person", LargeBinary, primary_key=True),
    Column("topic", LargeBinary, nullable=False, index=True),
    Column("place", LargeBinary, nullable=False),
    Column("learnt_at", Float, nullable=False),
    sqlite_with_rowid=False,
)

# When the next turn under a name is that nobody has taken, whatever process asks, and until when nobody may send; both
# by the database's clock.
pace = Table(
    "pace",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next_at", Float, nullable=False),
    Column("paused_until", Float, nullable=False),
)
