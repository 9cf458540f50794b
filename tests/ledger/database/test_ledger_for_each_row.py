"""One statement for many rows leaves the same in a file and on a server, and finds its rows by an index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, text

from hotline_batch.ledger import statements
from hotline_batch.ledger.database.for_each_row import ForEachRow
from hotline_batch.ledger.ledger import Ledger
from tests.support.ledgers.ledger_examples import add_run, ledger_url, messages
from tests.support.ledgers.postgresql import Database

ADD = ForEachRow(
    "insert into held (of_run, place, spoken, share, digest) "
    "select :of_run, told.place, told.spoken, told.share, told.digest from told where true",
    place="bigint",
    spoken="text",
    share="float8",
    digest="bytea",
)
CHANGE = ForEachRow(
    "update held set spoken = told.spoken, share = told.share from told "
    "where held.of_run = :of_run and held.place = any(told.place) and held.place = told.place",
    place="bigint",
    spoken="text",
    share="float8",
)
# A zero byte is in no text that is stored, and halves of a pair of UTF-16 are in none either: see `storable`.
words = st.text(st.characters(blacklist_characters="\x00", blacklist_categories=["Cs"]), max_size=12)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "place": st.integers(0, 40),
            "spoken": words | st.none(),
            "share": st.none() | st.integers(0, 9) | st.floats(-1e9, 1e9, allow_subnormal=False),
            "digest": st.binary(max_size=9) | st.none(),
        }
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row["place"],
)


@pytest.fixture
def engines(tmp_path: Path, database: Database) -> Iterator[list[Engine]]:
    with Ledger(ledger_url(tmp_path)) as file, Ledger(database.url) as server:
        for engine, binary in ((file.engine, "blob"), (server.engine, "bytea")):
            with engine.begin() as connection:
                connection.execute(
                    text(f"create table held (of_run int, place int, spoken text, share float, digest {binary})")
                )
        yield [file.engine, server.engine]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(added=rows, changed=rows)
def test_file_and_server_keep_the_same(engines: list[Engine], added: Any, changed: Any) -> None:
    kept = []
    for engine in engines:
        with engine.begin() as connection:
            connection.execute(text("delete from held"))
            ADD.execute(connection, added, of_run=7)
            ADD.execute(connection, added, of_run=8)
            CHANGE.execute(connection, changed, of_run=7)
            found = connection.execute(text("select * from held order by of_run, place"))
            kept.append([(*row[:4], row.digest and bytes(row.digest)) for row in found])

    assert kept[0] == kept[1]
    told = {row["place"]: row for row in added} | {
        row["place"]: row for row in changed if row["place"] in {each["place"] for each in added}
    }
    assert [(7, place, told[place]["spoken"], told[place]["share"]) for place in sorted(told)] == [
        row[:4] for row in kept[0] if row[0] == 7
    ]


OLD_RUNS = """
    insert into sheet_row (run_key, position, number, cells, state, connection, code, parameters, attempts, topic_link)
    select {run_key}, at, at, '[]', 'succeeded', 'main', '', '', 1, '' from generate_series(1, 60000) as at
"""


def test_a_row_is_found_by_an_index_in_a_run_that_is_new_in_a_large_ledger(database: Database) -> None:
    """Otherwise each commit of a run of a million rows would read a million rows."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.lstrip().startswith("update sheet_row"):
            asked.append((statement, parameters))

    with Ledger(database.url) as ledger:
        add_run(ledger, "old", messages(1))
        with ledger.engine.begin() as connection:
            connection.exec_driver_sql(OLD_RUNS.format(run_key=ledger.run_key("old", connection)))
            connection.exec_driver_sql("analyze sheet_row")
        add_run(ledger, "new", messages(3_000))
        none = dict.fromkeys(["http_status", "not_before", "finished_at", "reply"])
        none |= dict.fromkeys(["code", "parameters", "as_cause", "topic_link"], "")
        event.listen(ledger.engine, "before_cursor_execute", note)
        with ledger.engine.begin() as connection:
            run_key, places = ledger.run_key("new", connection), [3, 4, 399]
            told = [none | {"position": at, "attempt": 1, "state": "succeeded"} for at in places]
            statements.RECORD.execute(connection, told, run_key=run_key)
            wanted = {"run_key": run_key, "positions": places, "claimed_at": 1.0, "guard_since": 0.0}
            connection.execute(statements.CLAIM, wanted)
            plans = [
                connection.exec_driver_sql(f"explain {statement}", parameters).scalars().all()
                for statement, parameters in asked
            ]

    for plan in plans:
        at_rows = next(nth for nth, line in enumerate(plan) if "using sheet_row_pkey on sheet_row " in line)
        assert "run_key =" in plan[at_rows + 1]
        assert "position" in plan[at_rows + 1]
    assert 2 == len(plans)


def test_a_table_that_somebody_tidies_up_delays_a_plan_for_a_moment(database: Database) -> None:
    """Then the server learns of the rows by itself, later."""
    with Ledger(database.url) as ledger, ledger.engine.begin() as tidying:
        tidying.execute(text("lock table sheet_row in share update exclusive mode"))
        run = add_run(ledger, "r", messages(1_000))

    assert 1_000 == run.rows
