"""The tables of people. No table holds a password or a cookie: of both there are digests alone.

`account` is one person of the office, `web_session` one browser that is signed in, `sign_in_attempt` one that failed,
`foreign_sign_in` one that is under way with the provider of the office's accounts (OpenID Connect).
Times are seconds since the epoch, UTC, by the database's clock.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, LargeBinary, Table, Text, UniqueConstraint

from hotline_batch.ledger.schema import AnyText, metadata

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

TABLES = (account, web_session, sign_in_attempt, foreign_sign_in)
