"""Whatever stands in the ledger about a run, and whatever the settings say today: it is told what became of the run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from openpyxl import load_workbook

from tests.journeys_sheets.conftest import Desk

ANNA, BOB = 987654321, 1818033998


def set_run(desk: Desk, **columns: object) -> None:
    """Change what the ledger says of every run."""
    sets = ", ".join(f"{name} = ?" for name in columns)
    with closing(sqlite3.connect(desk.folder.parent / "ledger.sqlite")) as database, database:
        database.execute(f"update run set {sets}", tuple(columns.values()))  # noqa: S608 - names of this test


def set_rows(desk: Desk, **columns: object) -> None:
    """Change what the ledger says of each second row."""
    sets = ", ".join(f"{name} = ?" for name in columns)
    with closing(sqlite3.connect(desk.folder.parent / "ledger.sqlite")) as database, database:
        database.execute(f"update sheet_row set {sets} where position % 2 = 1", tuple(columns.values()))  # noqa: S608


def set_options(desk: Desk, **options: object) -> None:
    """Change some options of every run; None takes one away."""
    with closing(sqlite3.connect(desk.folder.parent / "ledger.sqlite")) as database, database:
        for key, found in database.execute("select run_key, options from run").fetchall():
            kept = {**json.loads(found), **options}
            text = json.dumps({name: value for name, value in kept.items() if value is not None})
            database.execute("update run set options = ? where run_key = ?", (text, key))


def ledger_of(desk: Desk) -> str:
    return f"sqlite:///{desk.folder.parent / 'ledger.sqlite'}"


def settings(desk: Desk, text: str) -> None:
    desk.file("hotline-batch.toml", text)


def nested(value: object) -> Callable[[Desk], object]:
    return lambda desk: set_options(desk, drive=value)


BREAKS: dict[str, Callable[[Desk], object]] = {
    "new_option": lambda desk: set_options(desk, weather="fine", moods=["x"]),
    "new_drive_option": nested({"rate": "5/s", "weather": "fine"}),
    "drive_rate_that_cannot_be_read": nested({"rate": "very fast", "max_errors": "ten", "duplicate_window": "x"}),
    "drive_is_a_text": nested("fast"),
    "no_drive": lambda desk: set_options(desk, drive=None),
    "no_identities": lambda desk: set_options(desk, identities=None),
    "identities_are_a_list": lambda desk: set_options(desk, identities=["a"]),
    "no_connection": lambda desk: set_options(desk, connection=None),
    "no_options_at_all": lambda desk: set_run(desk, options="{}"),
    "options_are_null": lambda desk: set_run(desk, options="null"),
    "last_rate_odd": lambda desk: set_options(desk, last_rate=["5/s"]),
    "chosen_odd": lambda desk: set_options(desk, chosen="everything"),
    "chosen_of_other_types": lambda desk: set_options(
        desk, chosen={"duplicate_window": "1d", "timeout": "long", "hidden_rows": ["skip"], "new": 1}
    ),
    "columns_odd": lambda desk: set_options(desk, columns=7, leave_out={"a": 1}),
    "again_odd": lambda desk: set_options(desk, again={"a": 1}),
    "results_odd": lambda desk: set_options(desk, results=7, practised=[1]),
    "timezone_unknown_here": lambda desk: set_options(desk, timezone="Moon/Tranquility"),
    "pruned_at_odd": lambda desk: set_options(desk, pruned_at="yesterday"),
    "new_state": lambda desk: set_run(desk, state="waits_for_approval"),
    "planning": lambda desk: set_run(desk, state="planning", rows=0),
    "new_row_state": lambda desk: set_rows(desk, state="resend_asked"),
    "new_code": lambda desk: set_rows(
        desk, state="failed", code="brand_new_code", parameters='{"text": "Something new."}'
    ),
    "new_code_without_reason": lambda desk: set_rows(desk, state="unknown", code="brand_new_code", parameters=""),
    "new_stop_code": lambda desk: set_run(desk, state="stopped", stop_code="brand_new", stop_reason=""),
    "new_part_of_the_dialect": lambda desk: set_run(desk, dialect='{"format": "numbers", "quote": "x"}'),
    "columns_null": lambda desk: set_run(desk, columns="null"),
    "another_endpoint": lambda desk: set_run(desk, endpoint="https://elsewhere.example/webhook/topic_action"),
    "endpoint_that_is_no_address": lambda desk: set_run(desk, endpoint="http://[::1/x"),
    "times_missing": lambda desk: set_run(desk, started_at=None, finished_at=None, active_seconds=0.0),
    "output_gone": lambda desk: set_run(desk, output_path="/no/such/folder/out.csv"),
    "pruned": lambda desk: desk.run("runs", "prune", "--older-than", "0", "--yes", "--include-unfinished"),
    "sheet_gone": lambda desk: (desk.folder / "s.csv").unlink(),
}

TODAY: dict[str, Callable[[Desk], object]] = {
    "settings_with_an_unknown_key": lambda desk: settings(desk, 'colour = "red"\n'),
    "settings_with_bad_values": lambda desk: settings(desk, 'timeout = "long"\nrate = "x"\ntimezone = "Moon/Sea"\n'),
    "settings_with_a_short_timeout": lambda desk: settings(desk, 'timeout = 1\nendpoint = "https://x.hotline.tg/y"\n'),
    "settings_with_a_bad_endpoint": lambda desk: settings(desk, 'endpoint = "ftp://x"\nca_file = "/no/such.pem"\n'),
    "settings_of_another_connection": lambda desk: settings(
        desk, '[connections.other]\ninstance = "1"\napi_key = "env:NOT_SET"\n'
    ),
    "settings_with_a_missing_default": lambda desk: settings(desk, 'default_connection = "gone"\n'),
    "settings_with_a_secret": lambda desk: settings(desk, 'x_api_key = "sk-plain-secret-1234567890"\n'),
    "settings_that_are_no_toml": lambda desk: settings(desk, "timeout = = 3\n"),
    "settings_with_bad_columns": lambda desk: settings(desk, "columns = 3\nleave_out = [1]\n"),
    "settings_with_a_column_of_none": lambda desk: settings(desk, 'leave_out = ["Telefon"]\n'),
}


def tell(desk: Desk, run: str) -> list[tuple[str, int, str]]:
    """Every command that tells of a run: its words, how it ended, and what it said for the person."""
    commands = [
        ("runs", "list"),
        ("runs", "list", "--json"),
        ("runs", "show", run),
        ("runs", "show", run, "--json"),
        ("results", run, "-o", "told.csv", "--force"),
        ("results", run, "-o", "told.xlsx", "--force"),
        ("results", run, "-o", "-"),
        ("report", run, "-o", "told.html", "--force"),
        ("audit", run, "-o", "told.jsonl", "--force"),
    ]
    return [(" ".join(command), said.exit_code, said.stderr) for command in commands for said in [desk.run(*command)]]


def finished(desk: Desk, kind: str) -> str:
    """A finished run, and its id."""
    if kind == "send":
        desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n,nobody\n{ANNA},Hello\n")
    else:
        desk.file("s.csv", "topic_link\nhttps://t.me/c/2101424779/5343\nhttps://t.me/c/2101424779/5344\nnone\n")
    said = desk.run(kind, "s.csv", *(["--yes"] if kind == "send" else []), "--rate", "500/s", "--json", "-o", "out.csv")
    return str(said.summary["run"])


def check_told(desk: Desk, run: str) -> list[tuple[str, int, str]]:
    """Whether every command tells of the run, and every row is there; what they said."""
    said = tell(desk, run)

    assert [] == [(words, code, error) for words, code, error in said if code != 0]
    assert len(desk.rows("out.csv")) == len(desk.rows("told.csv")) == len(desk.rows("told.xlsx"))
    assert (desk.folder / "told.html").read_text("utf-8").rstrip().endswith("</html>")
    lines = (desk.folder / "told.jsonl").read_text("utf-8").splitlines()
    assert 2 == len([json.loads(line) for line in lines])
    return said


@pytest.mark.parametrize("kind", ["send", "enrich"])
@pytest.mark.parametrize("broken", BREAKS)
def test_a_run_is_told_whatever_the_ledger_says_of_it(desk: Desk, kind: str, broken: str) -> None:
    """An older or a newer version may have written it, and what it tells of may be gone."""
    run = finished(desk, kind)
    BREAKS[broken](desk)

    check_told(desk, run)


@pytest.mark.parametrize("broken", TODAY)
def test_a_run_is_told_whatever_the_settings_say_today(desk: Desk, broken: str) -> None:
    """What is wrong with them is said; whoever wants to send has to mend it first."""
    run = finished(desk, "send")
    TODAY[broken](desk)
    is_refused = 2 == desk.run("check", "s.csv", "--for", "send").exit_code

    said = check_told(desk, run)

    assert is_refused == all(error.startswith("Note: ") for _, _, error in said)
    assert "sk-plain-secret" not in "".join(error for _, _, error in said)


def test_settings_that_can_be_read_in_part_still_leave_out_what_they_say(desk: Desk) -> None:
    """What must not be shown is not shown because another key is wrong; the zone and the ledger count, too."""
    run = finished(desk, "send")
    settings(desk, f'leave_out = ["message"]\ntimeout = "x"\ntimezone = "Asia/Tokyo"\nledger = "{ledger_of(desk)}"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HOTLINE_BATCH_LEDGER")
        said = [desk.run("results", run, "-o", "told.csv"), desk.run("runs", "list")]

    assert [0, 0] == [one.exit_code for one in said], said
    assert "message" not in desk.rows("told.csv")[0]
    assert "+09:00" in said[1].stdout or "JST" in said[1].stdout


def test_settings_that_do_not_say_which_ledger_are_refused(desk: Desk) -> None:
    """Another ledger is not looked into instead."""
    run = finished(desk, "send")
    settings(desk, "ledger = = 3\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("HOTLINE_BATCH_LEDGER")
        unknown, named = desk.run("runs", "show", run), desk.run("runs", "show", run, "--ledger", ledger_of(desk))

    assert (2, 0) == (unknown.exit_code, named.exit_code)
    assert "not valid TOML" in unknown.stderr


def test_a_pruned_run_tells_what_is_left(desk: Desk) -> None:
    """What became of each row, without its texts; where and when they went is said."""
    run = finished(desk, "send")
    desk.run("runs", "prune", "--older-than", "0", "--yes")

    said = desk.run("results", run, "-o", "told.csv")

    assert 0 == said.exit_code, said.stderr
    assert "its cells, messages and replies were forgotten" in said.stderr
    desk.run("results", run, "-o", "told.xlsx")
    desk.run("report", run, "-o", "told.html")
    assert "Pruned" in {cell.value for (cell,) in load_workbook(desk.folder / "told.xlsx")["Summary"]["A1:A12"]}
    assert "were forgotten; what became of its rows is kept" in (desk.folder / "told.html").read_text("utf-8")
    rows = desk.rows("told.csv")
    assert ["sent", "sent", "invalid", "skipped"] == [row["hotline_status"] for row in rows]
    assert {""} == {row[name] for row in rows for name in ("user_id", "message", "hotline_message")}
    assert ["2", "3", "4", "5"] == [row["hotline_row"] for row in rows]


@pytest.mark.parametrize("command", [("resume",), ("retry",), ("resolve", "--all", "--delivered")])
def test_a_state_of_a_newer_version_is_told_and_not_gone_on_with(desk: Desk, command: tuple[str, ...]) -> None:
    """Perhaps somebody has still to approve it."""
    run = finished(desk, "send")
    set_run(desk, state="waits_for_approval")

    named = desk.run(command[0], run, "--yes", *command[1:])
    newest = desk.run("resume", "--yes")

    assert "waits_for_approval" in desk.run("runs", "list").stdout
    assert (2, 2) == (named.exit_code, newest.exit_code)
    assert "state 'waits_for_approval', which this version of hotline-batch does not know" in named.stderr
    assert "no unfinished run" in newest.stderr


def half_done(desk: Desk) -> str:
    """A run whose second row was never sent."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")
    said = desk.run("send", "s.csv", "--yes", "--rate", "500/s", "--json", "-o", "out.csv")
    set_rows(desk, state="pending", attempts=0, claimed_at=None)
    set_run(desk, state="stopped")
    return str(said.summary["run"])


@pytest.mark.parametrize(
    "broken",
    [
        name
        for name in BREAKS
        if name.startswith(("new_option", "new_drive", "drive_is", "no_", "identities", "last_rate"))
    ],
)
def test_a_run_goes_on_or_is_refused_in_words(desk: Desk, broken: str) -> None:
    """Options that only a newer version knows are passed over; where its instance is not known, nothing is sent."""
    run = half_done(desk)
    BREAKS[broken](desk)

    said = desk.run("resume", run, "--yes")

    is_lost = broken in {"no_identities", "identities_are_a_list", "no_options_at_all"}
    assert "an error of its own" not in said.stderr
    assert (2 if is_lost else 0) == said.exit_code, said.stderr
    assert (2 if is_lost else 3) == len(desk.applied)
