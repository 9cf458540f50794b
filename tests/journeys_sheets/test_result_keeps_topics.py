"""A result sheet is used again for some of its rows: what it says of the topics of the others is not lost."""

from __future__ import annotations

import pytest

from tests.journeys_sheets.conftest import Desk

ANNA, BOB = 987600001, 987600002
LINKS = tuple(f"https://t.me/c/2101424779/{topic}" for topic in (5343, 5344, 5345))
FAST = ("--rate", "500/s")
OF_TOPICS = ("topic_link", "finished_at", "service", "topic_id", "topic_title", "topic_status", "user_id", "user_phone")
OF_MESSAGES = ("topic_link", "finished_at", "service", "chat_id", "thread_id", "message", "recipient")


def cells(row: dict[str, str], names: tuple[str, ...]) -> list[str]:
    return [row[f"hotline_{name}"] for name in names]


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_topics_that_are_not_chosen_keep_what_was_found(desk: Desk, extension: str) -> None:
    """The only column with links is ours; later all are looked up by it."""
    desk.file("s.csv", "link\n" + "".join(f"{link}\n" for link in LINKS))
    desk.run("enrich", "s.csv", *FAST, "--leave-out", "link", "-o", f"g1.{extension}")
    before = desk.rows(f"g1.{extension}")

    chosen = desk.run(
        "enrich", f"g1.{extension}", *FAST, "--map", "topic_link=hotline_topic_link", "--rows", "2", "-o", "g2.csv"
    )
    after = desk.rows("g2.csv")
    again = desk.run("enrich", "g2.csv", *FAST, "--map", "topic_link=hotline_topic_link", "-o", "g3.csv")

    assert (0, 0) == (chosen.exit_code, again.exit_code), again.stderr
    assert ["enriched", "skipped", "skipped"] == [row["hotline_status"] for row in after]
    assert ["", "not_selected", "not_selected"] == [row["hotline_error_code"] for row in after]
    assert [""] * 3 == [row["hotline_changes"] for row in after]
    assert "0" == after[1]["hotline_attempts"]
    assert [cells(row, OF_TOPICS) for row in before[1:]] == [cells(row, OF_TOPICS) for row in after[1:]]
    names = ("topic_link", "finished_at", "service", "topic_id", "topic_title")
    assert [] == [(row["hotline_row"], name) for row in after for name in names if not row[f"hotline_{name}"]]
    assert ["enriched"] * 3 == [row["hotline_status"] for row in desk.rows("g3.csv")]


def test_ids_of_topics_stay_where_they_are_read(desk: Desk) -> None:
    """Also those of a row that cannot be used: it can be mended, and looked up next time."""
    desk.file("s.csv", "hotline_group_id,hotline_topic_id\n2101424779,5343\n2101424779,none\n2101424779,5345\n")
    mapped = ("--map", "group_id=hotline_group_id", "--map", "topic_id=hotline_topic_id")

    desk.run("enrich", "s.csv", *FAST, *mapped, "--rows", "2-3", "-o", "g1.csv")

    rows = desk.rows("g1.csv")
    assert ["enriched", "invalid", "skipped"] == [row["hotline_status"] for row in rows]
    assert ["5343", "none", "5345"] == [row["hotline_topic_id"] for row in rows]
    assert ["", "", ""] == [row["hotline_user_name"] for row in rows[1:]] + [rows[1]["hotline_topic_link"]]


def test_link_that_cannot_be_used_stays_where_it_is_read(desk: Desk) -> None:
    """Nobody can mend a cell that is gone."""
    desk.file("s.csv", f"hotline_topic_link\n{LINKS[0]}\nnonsense\n")

    desk.run("enrich", "s.csv", *FAST, "--map", "topic_link=hotline_topic_link", "-o", "g1.csv")

    assert [LINKS[0], "nonsense"] == [row["hotline_topic_link"] for row in desk.rows("g1.csv")]


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_rows_that_were_sent_keep_where_and_when(desk: Desk, extension: str) -> None:
    """In every generation, whichever row is chosen."""
    desk.file("s.csv", f"user_id,message\n{ANNA},Hello\n{BOB},Hi\n")
    desk.run("send", "s.csv", "--yes", *FAST, "-o", f"g1.{extension}")
    before = desk.rows(f"g1.{extension}")
    for given, made, more in (
        (f"g1.{extension}", f"g2.{extension}", ()),
        (f"g2.{extension}", "g3.csv", ("--rows", "9")),
    ):
        (desk.folder.parent / "ledger.sqlite").unlink()
        desk.run("send", given, "--yes", *FAST, *more, "-o", made)

    after = desk.rows("g3.csv")

    assert ["already_sent"] * 2 == [row["hotline_error_code"] for row in after]
    assert [cells(row, OF_MESSAGES) for row in before] == [cells(row, OF_MESSAGES) for row in after]
    assert all(all(cells(row, OF_MESSAGES)) for row in after)
    assert 2 == len(desk.applied)


@pytest.mark.parametrize("command", ["send", "enrich"])
def test_topics_of_practice_are_not_kept_beside_real_ones(desk: Desk, command: str) -> None:
    """They lead nowhere."""
    desk.file("s.csv", f"user_id,message,link\n{ANNA},Hello,{LINKS[0]}\n{BOB},Hi,{LINKS[1]}\n")
    options = ("--yes", *FAST) if command == "send" else (*FAST, "--map", "topic_link=link")
    desk.run(command, "s.csv", *options, "--sandbox", "-o", "g1.csv")

    desk.run(command, "g1.csv", *options, "--rows", "3", "-o", "g2.csv")

    first, second = desk.rows("g2.csv")
    assert ("skipped", "", "") == tuple(first[f"hotline_{name}"] for name in ("status", "topic_link", "service"))
    assert not first["hotline_chat_id"]
    assert second["hotline_topic_link"]
