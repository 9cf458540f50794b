"""A ledger that an earlier version wrote guards on as the present one would."""

from __future__ import annotations

import sqlite3
from hashlib import sha256

import pytest

from tests.journeys_sheets.conftest import Desk

ANNA, BOB, CLEO = 987600001, 987600002, 987600003
FIRST_VERSION = """
    alter table sheet_row rename column parameters to reason;
    alter table sheet_row drop column typed;
    drop table hold; drop table pace; drop table topic;
    create table pace (name text not null primary key, next_at float not null);
    update meta set value = '1' where name = 'schema_version';
"""


def make_older(desk: Desk, texts: dict[int, str]) -> None:
    """The tables of version 1, and the keys that it gave to the texts as they were written."""
    identity = f"{desk.server.url}#{desk.server.credentials.instance}"
    with sqlite3.connect(desk.folder.parent / "ledger.sqlite") as file:
        file.executescript(FIRST_VERSION)
        for user, text in texts.items():
            key = sha256(f"{len(identity)}:{identity}|send|{user}|{text}".encode()).digest()[:16]
            changed = file.execute("update sheet_row set key = ? where arguments like ?", (key, f"[{user},%"))
            assert 1 == changed.rowcount
    file.close()


@pytest.mark.parametrize("ending", ["", " ", "\u00a0"])
def test_what_an_earlier_version_sent_in_another_spelling_is_not_sent_again(desk: Desk, ending: str) -> None:
    """It knew texts by their letters; the same texts have one key from now on, in old runs, too."""
    sent = {ANNA: "Grüße ", BOB: "Hi", CLEO: "Gru\u0308ße\u200b"}
    desk.file("s.csv", "user_id,message\n" + "".join(f"{user},{text}\n" for user, text in sent.items()))
    desk.send("s.csv")
    make_older(desk, sent)
    plain = {ANNA: "Grüße", BOB: "Hi", CLEO: "Grüße"}
    desk.file("again.csv", "user_id,message\n" + "".join(f"{user},{text}{ending}\n" for user, text in plain.items()))

    said = desk.send("again.csv")

    assert 0 == said.exit_code, said.stderr
    assert ["already_sent"] * 3 == [row["hotline_error_code"] for row in desk.rows()]
    assert 3 == len(desk.applied)
