"""A ledger of the present version -> as earlier versions wrote it."""

from __future__ import annotations

VERSION_4 = (
    "drop table correction",
    "drop table inbox_file",
    "drop table news",
    "drop table run_audit_entry",
    "drop table run_audit",
    "update meta set value = '4' where name = 'schema_version'",
)
VERSION_3 = (
    *VERSION_4,
    "drop index sheet_row_in_flight",
    "drop table lane",
    "drop table streak",
    # SQLite's triggers go with their table; whoever is named goes after those that name it.
    *(
        f"drop table {name}"
        for name in (
            *("approval", "audit_entry", "audit_head"),
            *("web_session", "account", "sign_in_attempt", "foreign_sign_in"),
        )
    ),
    """create table hold (run_key bigint not null primary key references run (run_key) on delete cascade,
                          token integer not null, worker text not null, heartbeat_at float not null)""",
    "update meta set value = '3' where name = 'schema_version'",
)
