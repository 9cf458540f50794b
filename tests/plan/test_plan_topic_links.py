"""Topic links: every known shape gives exactly its pair, or says why it cannot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import RECORDS
from hotline_batch.plan.ids.numbers import Found
from hotline_batch.plan.ids.topic_links import (
    LARGEST_GROUP_ID,
    LARGEST_TOPIC_ID,
    Topic,
    read_group_id,
    read_topic_id,
    read_topic_link,
)

GROUP_IDS = st.integers(1, LARGEST_GROUP_ID)
TOPIC_IDS = st.integers(2, LARGEST_TOPIC_ID)

SHAPES = [
    "https://t.me/c/{g}/{t}",
    "http://t.me/c/{g}/{t}",
    "t.me/c/{g}/{t}",
    "//t.me/c/{g}/{t}",
    "HTTPS://T.Me/c/{g}/{t}",
    "https://www.t.me/c/{g}/{t}",
    "https://telegram.me/c/{g}/{t}",
    "https://telegram.dog/c/{g}/{t}",
    "https://t.me:443/c/{g}/{t}",
    "https://t.me/c/{g}/{t}/",
    "https://t.me/c/{g}/{t}#top",
    "https://t.me/c/{g}/{t}?single",
    "https://t.me/c/{g}/{t}?t=15",
    "https://t.me/c/{g}/{t}/5999",
    "https://t.me/c/{g}/{t}/5999/more",
    "https://t.me/c/{g}/5999?thread={t}",
    "https://t.me/c/{g}/5999?single&thread={t}&comment=7",
    "https://t.me/c/{g}/5999?t=1&thread={t}",
    "https://t.me/s/c/{g}/{t}",
    "https://t.me//c//{g}//{t}",
    "https://t.me/c%2F{g}%2F{t}",
    "https://t.me/%63/{g}/{t}",
    "tg://privatepost?channel={g}&post=5999&thread={t}",
    "tg:privatepost?channel={g}&post=5999&thread={t}",
    "TG://privatepost?post={t}&channel={g}",
    "https://web.telegram.org/a/#-{chat}_{t}",
    "https://web.telegram.org/a/#-{chat}_{t}_thread",
    "https://web.telegram.org/k/#-{g}_{t}",
    "web.telegram.org/k/#-{g}_{t}",
    "https://web.telegram.org/k/#?tgaddr=tg%3A%2F%2Fprivatepost%3Fchannel%3D{g}%26post%3D{t}",
    "  https://t.me/c/{g}/{t}\u200b\n",
    "'https://t.me/c/{g}/{t}",
    '="https://t.me/c/{g}/{t}"',
    '=HYPERLINK("https://t.me/c/{g}/{t}","Topic")',
    '=hyperlink("https://t.me/c/{g}/{t}"; "Thema")',
    "https://t.me/c/-{chat}/{t}",
    "https://t.me/c/{chat}/{t}",
]


@pytest.mark.parametrize("shape", SHAPES)
@given(group_id=GROUP_IDS, topic_id=TOPIC_IDS)
def test_a_link_built_from_a_pair_is_read_back_as_the_same_pair(shape: str, group_id: int, topic_id: int) -> None:
    """Group and topic come back exactly, whatever the shape."""
    link = shape.format(g=group_id, t=topic_id, chat=10**12 + group_id)

    reading = read_topic_link(link)

    assert isinstance(reading, Topic)
    assert (group_id, topic_id) == (reading.group_id, reading.topic_id)


@given(group_id=GROUP_IDS, topic_id=st.integers(2**11, LARGEST_TOPIC_ID))
def test_a_thread_id_in_the_place_of_the_topic_is_turned_back_and_told(group_id: int, topic_id: int) -> None:
    """thread_id = topic_id * 2^20 is larger than any topic id."""
    reading = read_topic_link(f"https://t.me/c/{group_id}/{topic_id << 20}")

    assert Topic(group_id, topic_id, f"{topic_id << 20} read as topic {topic_id}") == reading


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "topic_link_missing"),
        (" \u200b ", "topic_link_missing"),
        ("Topic 5343", "topic_link_not_a_link"),
        ("5343", "topic_link_not_a_link"),
        ("see https://t.me/c/2101424779/5343", "topic_link_not_a_link"),
        ("https://example.com/c/2101424779/5343", "topic_link_not_a_link"),
        ("https://t.me@example.com/c/2101424779/5343", "topic_link_not_a_link"),
        ("https://not-t.me/c/2101424779/5343", "topic_link_not_a_link"),
        ("https://t.me/c/2101424779/5343,", "topic_link_not_a_link"),
        ("https://t.me/c/2101424779/5343abc", "topic_link_not_a_link"),
        ("https://t.me/c/2101424779/5343 abc", "topic_link_not_a_link"),
        ("https://t.me/c/2101424779/5343\nabc", "topic_link_not_a_link"),
        ("https://t.me/c/2101424779abc/5343", "topic_link_not_a_link"),
        ("tg://privatepost?channel=2101424779&post=5343abc", "topic_link_not_a_link"),
        ('=HYPERLINK("https://t.me/c/2101424779/5343")abc', "topic_link_not_a_link"),
        ("https://web.telegram.org/k/#-2101424779_5343abc", "topic_link_without_topic"),
        ("https://t.me/c/2.101.424.779/5343", "topic_link_not_a_link"),
        ("https://t.me/c/abc/5343", "topic_link_not_a_link"),
        ("http://[", "topic_link_not_a_link"),
        ("https://t.me/c/2101424779", "topic_link_without_topic"),
        ("https://t.me/c/2101424779/", "topic_link_without_topic"),
        ("https://t.me/c/2101424779/abc", "topic_link_without_topic"),
        ("https://t.me/c", "topic_link_without_topic"),
        ("tg://privatepost?channel=2101424779", "topic_link_without_topic"),
        ("https://web.telegram.org/k/#-2101424779", "topic_link_without_topic"),
        ("https://t.me/somegroup/5343", "topic_link_public_group"),
        ("https://t.me/somegroup/5343/5999", "topic_link_public_group"),
        ("somegroup.t.me/5343", "topic_link_public_group"),
        ("tg://resolve?domain=somegroup&post=5999&thread=5343", "topic_link_public_group"),
        ("https://t.me/+AbCdEf123", "topic_link_not_a_topic"),
        ("https://t.me/joinchat/AbCdEf123", "topic_link_not_a_topic"),
        ("https://t.me/addlist/AbCdEf123", "topic_link_not_a_topic"),
        ("https://t.me/some_bot?start=abc", "topic_link_not_a_topic"),
        ("https://t.me/", "topic_link_not_a_topic"),
        ("tg://user?id=987654321", "topic_link_not_a_topic"),
        ("tg://openmessage?chat_id=5", "topic_link_not_a_topic"),
        ("https://web.telegram.org/k/#987654321", "topic_link_not_a_topic"),
        ("https://web.telegram.org/k/#@somebody", "topic_link_not_a_topic"),
        ("https://t.me/c/2101424779/1", "topic_is_general"),
        ("https://t.me/c/2101424779/0", "topic_id_out_of_range"),
        ("https://t.me/c/2101424779/2147483649", "topic_id_out_of_range"),
        ("https://t.me/c/0/5343", "group_id_out_of_range"),
        ("https://t.me/c/-123456789/5343", "group_id_basic_group"),
    ],
)
def test_a_link_that_names_no_topic_is_refused_with_its_reason(cell: str, code: str) -> None:
    """The reason fits the shape, so that the person knows which link to copy instead."""
    reading = read_topic_link(cell)

    assert isinstance(reading, Issue)
    assert code == reading.code
    assert code in RECORDS


@given(st.text(max_size=60) | st.from_regex(r"(https?://)?(t\.me|web\.telegram\.org/[ak])/?#?[-c/0-9_?=&%a-z]*"))
def test_no_text_raises_and_what_is_found_is_a_possible_topic(text: str) -> None:
    """Any text is either a pair in range or a fault that has a record."""
    match read_topic_link(text):
        case Topic(group_id, topic_id):
            assert 1 <= group_id <= LARGEST_GROUP_ID
            assert 2 <= topic_id <= LARGEST_TOPIC_ID
        case Issue(code):
            assert code in RECORDS


@given(GROUP_IDS)
def test_a_chat_id_is_read_as_its_group(group_id: int) -> None:
    """The -100 is arithmetic: chat id = -(10^12 + group id). A lost minus does no harm."""
    chat_id = 10**12 + group_id

    readings = [read_group_id(text) for text in (str(group_id), f"-{chat_id}", str(chat_id))]

    assert [group_id] * 3 == [reading.value for reading in readings if isinstance(reading, Found)]
    assert [False, True, True] == [bool(reading.repair) for reading in readings if isinstance(reading, Found)]


def test_a_short_group_id_that_begins_with_100_keeps_it() -> None:
    """1002101424 is an ordinary group id."""
    assert Found(1002101424) == read_group_id("1002101424")


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("-123456789", "group_id_basic_group"),
        ("", "group_id_missing"),
        ("support", "group_id_not_a_number"),
        ("0", "group_id_out_of_range"),
        (str(LARGEST_GROUP_ID + 1), "group_id_out_of_range"),
        ("-1.00210E+12", "digits_lost"),
        ("02101424779", "group_id_not_a_number"),
    ],
)
def test_a_cell_that_is_no_group_id_is_refused(cell: str, code: str) -> None:
    """Among them basic groups, which have no topics."""
    reading = read_group_id(cell)

    assert isinstance(reading, Issue)
    assert code == reading.code
    assert code in RECORDS


def test_small_thread_ids_are_only_turned_back_under_hotlines_own_heading() -> None:
    """5242880 may be a topic number; in a column headed thread_id it is topic 5."""
    assert Found(5242880) == read_topic_id("5242880")
    assert Found(5, "5242880 read as topic 5") == read_topic_id("5242880", is_thread=True)
    assert Found(5343) == read_topic_id("5343", is_thread=True)
