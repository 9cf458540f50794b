"""`send` on a sheet that names topics instead of users: look up first, send then, guess never."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.journeys_sheets.conftest import Desk
from tests.support.service.hostile_server import CATALOGUE
from tests.support.service.pretend_api import INSTANCE_OF_TOPICS, Credentials, user_of

LINKS = "https://t.me/c/2101424779/{}"


def sheet_of(desk: Desk, *topics: int) -> Path:
    rows = "".join(f"{LINKS.format(topic)},Hello {topic}\n" for topic in topics)
    return desk.file("links.csv", f"topic_link,message\n{rows}")


def lookups(desk: Desk) -> int:
    return desk.asked - len(desk.applied)


def test_each_message_reaches_the_user_of_its_topic(desk: Desk) -> None:
    """One look-up per topic, also where two rows name it; the result sheet shows the sheet's own columns."""
    sheet = desk.file(
        "links.csv",
        f"topic_link,message\n{LINKS.format(5341)},One\n{LINKS.format(5342)},Two\n{LINKS.format(5341)},Three\n",
    )

    said = desk.send(sheet)

    assert 0 == said.exit_code, said.stderr
    assert [(user_of(5341), "One"), (user_of(5342), "Two"), (user_of(5341), "Three")] == sorted(
        desk.applied, key=lambda event: ["One", "Two", "Three"].index(event[1])
    )
    assert 2 == lookups(desk)
    assert ["sent"] * 3 == [row["hotline_status"] for row in desk.rows()]


def test_a_group_chat_has_no_user_and_is_told_so(desk: Desk) -> None:
    """Topics whose number ends in 4 are group chats here: invalid, with their column and cure; the rest is sent."""
    said = desk.send(sheet_of(desk, 5341, 5344))

    rows = desk.rows()
    assert 1 == said.exit_code
    assert [(user_of(5341), "Hello 5341")] == desk.applied
    assert [("sent", ""), ("invalid", "topic_without_user")] == [
        (row["hotline_status"], row["hotline_error_code"]) for row in rows
    ]
    assert rows[1]["hotline_error"].startswith("topic_link: ")


def test_a_topic_of_another_connection_gets_nothing_through_this_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any connection may ask about a topic, but a message goes into its own topic of the user."""
    first, second = desk.server.credentials.instance, INSTANCE_OF_TOPICS
    monkeypatch.setattr(desk.server, "credentials", Credentials(other_instances=(second,)))
    keys = 'api_key = "env:HOTLINE_API_KEY"'
    desk.file(
        "hotline-batch.toml",
        f'default_connection = "support"\n[connections.support]\ninstance = "{first}"\n{keys}\n'
        f'[connections.sales]\ninstance = "{second}"\n{keys}\n',
    )
    sheet = desk.file(
        "links.csv",
        f"topic_link,message,connection\n{LINKS.format(5341)},One,support\n{LINKS.format(5342)},Two,\n"
        f"{LINKS.format(5343)},Three,sales\n",
    )

    said = desk.send(sheet)

    rows = desk.rows()
    assert 1 == said.exit_code, said.stderr
    assert [(user_of(5343), "Three")] == desk.applied
    assert [("invalid", "topic_of_another_connection")] * 2 + [("sent", "")] == [
        (row["hotline_status"], row["hotline_error_code"]) for row in rows
    ]
    assert "belongs to the connection sales" in rows[1]["hotline_error"]


def test_a_failed_look_up_leaves_its_row_unsent(desk: Desk) -> None:
    """The row has the code of the look-up; nobody is guessed."""
    desk.server.fault_for("2101424779/5342", CATALOGUE["error_in_200"], times=20)

    said = desk.send(sheet_of(desk, 5341, 5342))
    desk.server.heal()

    row = desk.rows()[1]
    assert 1 == said.exit_code
    assert [(user_of(5341), "Hello 5341")] == desk.applied
    assert ("invalid", "api_refused") == (row["hotline_status"], row["hotline_error_code"])


def test_a_row_that_cannot_be_sent_is_not_looked_up(desk: Desk) -> None:
    sheet = desk.file("links.csv", f"topic_link,message\n{LINKS.format(5341)},\n{LINKS.format(5342)},Hi\n")

    desk.send(sheet)

    assert [(user_of(5342), "Hi")] == desk.applied
    assert 1 == lookups(desk)


def test_the_limit_bounds_the_look_ups_too(desk: Desk) -> None:
    """A chat topic among the first does not let a row behind the limit slip in."""
    said = desk.send(sheet_of(desk, 5344, 5342, 5343), "--limit", "2", "--json")

    assert [(user_of(5342), "Hello 5342")] == desk.applied
    assert 2 == lookups(desk)
    assert {"topic_without_user": 1, "not_selected": 1} == said.summary["codes"]


def test_users_are_looked_up_once_a_day(desk: Desk) -> None:
    """The next send of the same topics uses the answers that the ledger has."""
    desk.send(sheet_of(desk, 5341, 5342), "-m", "First to {{ topic_link }}")
    before = lookups(desk)

    said = desk.send(sheet_of(desk, 5341, 5342), "-m", "Second to {{ topic_link }}")

    assert 0 == said.exit_code, said.stderr
    assert 4 == len(desk.applied)
    assert before == lookups(desk) == 2


def test_the_look_ups_are_a_run_of_the_ledger(desk: Desk) -> None:
    desk.send(sheet_of(desk, 5341))

    runs = json.loads(desk.run("runs", "list", "--json").stdout)

    assert ["send", "enrich"] == [run["kind"] for run in runs]


def test_a_check_asks_nobody_and_says_when_users_are_looked_up(desk: Desk) -> None:
    """Two rows of one topic with one message are duplicates all the same."""
    said = desk.run("check", sheet_of(desk, 5341, 5341, 5342), "--for", "send")

    assert 0 == said.exit_code, said.stderr
    assert "users are looked up when sending" in said.stdout
    assert "row 2 to the user of https://t.me/c/2101424779/5341: Hello 5341" in said.stdout
    assert "1 left out (1 duplicate in sheet)" in said.stdout
    assert 0 == desk.asked


def test_look_ups_that_are_refused_send_nothing(desk: Desk) -> None:
    """Exit 4; the words say that nothing was sent and what to do; there is no run of a send."""
    desk.server.fault_next(CATALOGUE["forbidden_403"], times=20)

    said = desk.send(sheet_of(desk, 5341, 5342))
    desk.server.heal()

    runs = json.loads(desk.run("runs", "list", "--json").stdout)
    assert 4 == said.exit_code
    assert "Nothing was sent" in said.stderr
    assert [] == desk.applied
    assert ["enrich"] == [run["kind"] for run in runs]


def test_look_ups_that_were_stopped_are_not_gone_on_with_in_the_place_of_a_send(desk: Desk) -> None:
    """What goes on without a run's id is a send: users that are looked up would tell of a success that is none."""
    desk.server.fault_next(CATALOGUE["forbidden_403"], times=20)
    stopped = desk.send(sheet_of(desk, 5341, 5342))
    desk.server.heal()
    asked = desk.asked

    said = desk.run("resume", "--yes")
    again = desk.send(sheet_of(desk, 5341, 5342))

    assert "Next: Send the sheet again." in stopped.stdout
    assert "resume" not in stopped.stdout
    assert 2 == said.exit_code
    assert "no unfinished run but look-ups of a send" in said.stderr
    assert (0, asked + 4) == (again.exit_code, desk.asked)
    assert ["Hello 5341", "Hello 5342"] == [text for _, text in desk.applied]


def test_look_ups_that_fail_too_often_are_to_be_mended_and_not_only_repeated(desk: Desk) -> None:
    """The same command would stop at the same topics again, since nothing is kept of what was not found."""
    desk.server.fault_for("2101424779/5341", CATALOGUE["error_in_200"], times=20)

    said = desk.send(sheet_of(desk, 5341, 5342), "--max-errors", "1")
    desk.server.heal()

    assert 4 == said.exit_code
    assert [] == desk.applied
    assert "what was not found is asked for again" in said.stderr
    assert "Next: Mend the row in the sheet, then give the program the sheet again." in said.stdout


def test_a_private_sandbox_answers_the_look_ups_too(desk: Desk) -> None:
    sheet = Path(__file__).parents[2] / "sample_data" / "topic_links.csv"

    said = desk.send(sheet, "-m", "Hello", "--sandbox", "--rows", "2,4", "--json")

    assert 0 == said.exit_code, said.stderr
    assert 2 == said.summary["counts"]["sent"]


def test_a_public_group_is_usable_once_the_settings_number_it(desk: Desk) -> None:
    """Without the setting: invalid, with its cure. With it: the topic's user."""
    sheet = desk.file("links.csv", "topic_link,message\nhttps://t.me/AcmeSupport/5341/77,Hello\n")
    refused = desk.send(sheet)
    desk.file("hotline-batch.toml", "[groups]\nacmesupport = 2101424779\n")

    said = desk.send(sheet)

    assert 1 == refused.exit_code
    assert 0 == said.exit_code, said.stderr
    assert [(user_of(5341), "Hello")] == desk.applied
