"""The export of the sandbox's world looks as Telegram Desktop's does."""

import json
from pathlib import Path
from typing import Any

import pytest

from hotline_batch.sandbox.export import export_text
from hotline_batch.sandbox.server import Sandbox
from hotline_batch.sandbox.world import FIRST_MESSAGE_ID, World
from tests.sandbox.asking import Answer, ask, message

NOW = 1_790_000_000.0


def get(sandbox: Sandbox, path: str) -> Answer:
    return ask(sandbox, method="GET", path=path, headers={})


def exported(world: World, group_id: int | None = 2101424779) -> dict[str, Any]:
    found = json.loads(export_text(world, group_id))
    assert isinstance(found, dict)
    return found


def test_message_answers_the_message_that_opened_its_topic() -> None:
    """Its topic is told by nothing else."""
    world = World(people=10, clock=lambda: NOW)
    world.post(world.topics[0], "Hello")

    messages = {each["id"]: each for each in exported(world)["messages"]}

    posted = messages[FIRST_MESSAGE_ID]
    assert ("Hello", "1790000000", "user123456789") == (posted["text"], posted["date_unixtime"], posted["from_id"])
    opening = messages[posted["reply_to_message_id"]]
    assert ("service", "topic_created", "John Doe") == (opening["type"], opening["action"], opening["title"])


def test_numbers_follow_without_a_gap_from_before_the_first_message_to_after_the_last() -> None:
    """The message at the end is half an hour ahead, so that the export ends after every row."""
    world = World(people=10, clock=lambda: NOW)
    for text in ("one", "two"):
        world.post(world.topics[0], text)

    last = exported(world)["messages"][-4:]

    assert [FIRST_MESSAGE_ID - 1, FIRST_MESSAGE_ID, FIRST_MESSAGE_ID + 1, FIRST_MESSAGE_ID + 2] == [
        each["id"] for each in last
    ]
    assert int(last[0]["date_unixtime"]) <= NOW - 1800
    assert int(last[-1]["date_unixtime"]) >= NOW + 1800


def test_text_is_kept_as_telegram_keeps_it() -> None:
    """Trimmed, tabs are spaces, and links are parts of their own."""
    world = World(people=10, clock=lambda: NOW)
    world.post(world.topics[0], "  see\thttps://example.com/x now \r\nbye ")

    text = exported(world)["messages"][-2]["text"]

    assert ["see ", {"type": "link", "text": "https://example.com/x"}, " now \nbye"] == text


def test_export_of_all_groups_nests_them() -> None:
    """As an export of a whole account does."""
    chats = exported(World(people=10, clock=lambda: NOW), None)["chats"]["list"]

    assert [2101424779, 1987654320] == [chat["id"] for chat in chats]


def test_page_links_to_the_export(sandbox: Sandbox) -> None:
    """What was posted a moment ago is in it."""
    ask(sandbox, message())

    assert "/sandbox/export" in sandbox.describe()
    answer = get(sandbox, "/sandbox/export?group_id=2101424779")
    assert FIRST_MESSAGE_ID == json.loads(answer.body)["messages"][-2]["id"]
    assert 404 == get(sandbox, "/sandbox/export?group_id=1").status


@pytest.mark.parametrize(("mishap", "posted"), [("posted_twice", 2), ("false_confirmation", 0)])
def test_answer_as_usual_does_not_tell_what_was_posted(sandbox: Sandbox, mishap: str, posted: int) -> None:
    """Only an export does."""
    sandbox.faults.plan(mishap)

    answer = ask(sandbox, message())

    assert "message_sent" == json.loads(answer.body)["result"]
    assert posted == sandbox.world.message_count()


def test_file_appears_whole(tmp_path: Path) -> None:
    """Nothing else is left in the folder."""
    sandbox = Sandbox(people=10)

    sandbox.export(tmp_path / "result.json")

    assert ["result.json"] == [path.name for path in tmp_path.iterdir()]
