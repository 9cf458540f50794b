"""The tables of the office: people, and the oversight of what they do. No table holds a password or a cookie.

`account` is one person of the office, `web_session` one browser that is signed in, `sign_in_attempt` one that failed,
`foreign_sign_in` one that is under way with the provider of the office's accounts (OpenID Connect); of passwords and
cookies there are digests alone. `approval` is a question to a second pair of eyes, `audit_entry` what somebody did,
`run_audit` and `run_audit_entry` what was tried and said about the rows of one run.
Times are seconds since the epoch, UTC, by the database's clock.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    Column,
    Connection,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    event,
    insert,
)

from hotline_batch.ledger.schema import AnyText, RunKey, metadata

# The newest question of a run counts. `digest` is of all that is asked for, see plan_digest; `decision` is empty until
# somebody decides.
approval = Table(
    "approval",
    metadata,
    Column("run_key", RunKey, ForeignKey("run.run_key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("asked_by", AnyText, nullable=False),
    Column("asked_as", Text, nullable=False),
    Column("asked_at", Float, nullable=False),
    Column("decision", Text, nullable=False),
    Column("decided_by", AnyText, nullable=False),
    Column("decided_as", Text, nullable=False),
    Column("decided_at", Float),
    Column("note", AnyText, nullable=False),
)

# `digest` is of the entry and of the digest before it, so that nothing can be changed, taken out or put in between
# unseen. `details` are JSON without texts of people. `run` is no foreign key: the entries outlive the run.
audit_entry = Table(
    "audit_entry",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("by", AnyText, nullable=False),
    Column("by_kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("run", Text, nullable=False, index=True),
    Column("details", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

# One row: how many entries there are, and the digest of the last one. Whoever adds one locks it.
audit_head = Table(
    "audit_head",
    metadata,
    Column("is_head", Integer, primary_key=True, autoincrement=False),
    Column("entries", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

# The end of a run's own chain: how many entries it has, and the digest of the last one. `salt` goes into the digests of
# what pruning forgets, and is forgotten with it: nobody can guess a user or a text from them then.
run_audit = Table(
    "run_audit",
    metadata,
    Column("run_key", RunKey, ForeignKey("run.run_key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("entries", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("salt", Text, nullable=False),
)

# One attempt, or one word of a person, as it was when it was kept. `entry` is JSON without texts of people, `attempt` 0
# for a word; `digest` is of the entry and of the digest before it.
run_audit_entry = Table(
    "run_audit_entry",
    metadata,
    Column("run_key", RunKey, ForeignKey("run.run_key", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("entry", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

_REFUSE_ON_SQLITE = (
    "create trigger audit_entry_is_not_{0}d before {0} on audit_entry "
    "begin select raise(abort, 'entries of the audit are only added'); end"
)
_REFUSE = """
    create or replace function refuse_change_of_audit() returns trigger language plpgsql as
    $$ begin raise exception 'entries of the audit are only added'; end $$
"""
_REFUSE_ALWAYS = """
    create trigger audit_entry_is_kept before update or delete or truncate on audit_entry
    for each statement execute function refuse_change_of_audit()
"""


def _protect(_table: Table, connection: Connection, **_options: object) -> None:
    """Have the database itself refuse whatever changes an entry."""
    if connection.dialect.name == "sqlite":
        for change in ("update", "delete"):
            connection.execute(DDL(_REFUSE_ON_SQLITE.format(change)))  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    else:
        for statement in (_REFUSE, _REFUSE_ALWAYS):
            connection.execute(DDL(statement))  # type: ignore[no-untyped-call]  # the same


def _begin_chain(_table: Table, connection: Connection, **_options: object) -> None:
    connection.execute(insert(audit_head), {"is_head": 1, "entries": 0, "digest": b""})


event.listen(audit_entry, "after_create", _protect)
event.listen(audit_head, "after_create", _begin_chain)

# An account signs in with a password, or as `subject` of `issuer`; the former where `password_hash` is set. `roles` are
# words with a comma between them. Those that are `disabled_at` some moment sign in no more; they are never deleted,
# since the audit names them.
account = Table(
    "account",
    metadata,
    Column("name", Text, primary_key=True),
    Column("display_name", AnyText, nullable=False),
    Column("password_hash", Text),
    Column("issuer", AnyText),
    Column("subject", AnyText),
    Column("roles", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("created_by", AnyText, nullable=False),
    Column("disabled_at", Float),
    UniqueConstraint("issuer", "subject"),
    sqlite_with_rowid=False,
)

web_session = Table(
    "web_session",
    metadata,
    Column("cookie", LargeBinary, primary_key=True),
    Column("account", Text, ForeignKey("account.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("began_at", Float, nullable=False),
    Column("ends_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
    sqlite_with_rowid=False,
)

# `who` is a digest of the name that was typed, or of the address that it came from: people type passwords into the
# field for the name.
sign_in_attempt = Table(
    "sign_in_attempt",
    metadata,
    Column("who", LargeBinary, primary_key=True),
    Column("at", Float, primary_key=True),
    Column("number", LargeBinary, primary_key=True),
    sqlite_with_rowid=False,
)

foreign_sign_in = Table(
    "foreign_sign_in",
    metadata,
    Column("state", LargeBinary, primary_key=True),
    Column("browser", LargeBinary, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("ends_at", Float, nullable=False),
    sqlite_with_rowid=False,
)

TABLES = (
    *(account, web_session, sign_in_attempt, foreign_sign_in),
    *(approval, audit_entry, audit_head, run_audit, run_audit_entry),
)
