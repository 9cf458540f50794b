"""Files of Telegram Desktop are read as they are; what cannot bear witness is refused with its cure."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from hotline_batch.errors import ExportError
from hotline_batch.evidence.export.chat import Chat
from hotline_batch.evidence.export.json_stream import BrokenJson, JsonStream
from hotline_batch.evidence.export.reader import Export, read_export
from tests.evidence.exports import BOT, GROUP, NOON, OPERATOR, group, save, topic, write_large, written

MESSAGES_READ_FOR_TIME = 30_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "result.json"


def read(path: Path) -> Export:
    return read_export(path, [GROUP])


def only_chat(path: Path) -> Chat:
    return read(path).chats[GROUP]


def texts(chat: Chat) -> list[str]:
    return [chat.text_of(place) for place in range(len(chat))]


def refusal(path: Path) -> str:
    with pytest.raises(ExportError) as refused:
        read(path)
    return str(refused.value)


def test_group_is_read_with_what_bears_witness(path: Path) -> None:
    """Numbers, times, senders, texts, topics, what was edited; and the file's own SHA-256."""
    parts = ["See ", {"type": "link", "text": "https://example.com"}, " 😀"]
    edited = {"edited": "2026-09-21T14:14:20", "edited_unixtime": "1790000060"}
    save(path, group([topic(3), written(4, NOON, parts, reply_to=3), written(6, NOON + 5, "x", OPERATOR, **edited)]))

    export = read(path)

    chat = export.chats[GROUP]
    assert [3, 4, 6] == list(chat.numbers)
    assert NOON == chat.times[1]
    assert ["", "See https://example.com 😀", "x"] == texts(chat)
    assert [BOT, OPERATOR] == chat.senders()
    assert [3, 3, None] == [chat.topic_of(place) for place in range(3)]
    assert [False, False, True] == [chat.is_edited(place) for place in range(3)]
    assert f"https://t.me/c/{GROUP}/3/4" == chat.link_of(1, 3)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == export.sha256


def test_topic_is_found_along_a_chain_of_replies(path: Path) -> None:
    """A message says what it answers, not where it stands."""
    messages = [topic(3), written(4, NOON, reply_to=3), written(5, NOON, reply_to=4), written(6, NOON, reply_to=5)]
    save(path, group(messages))

    assert 3 == only_chat(path).topic_of(3)


@pytest.mark.parametrize("more", [{"reply_to": 2}, {"reply_to": None}, {"reply_to": 3, "reply_to_peer_id": "channel9"}])
def test_topic_that_the_file_does_not_tell_is_not_guessed(path: Path, more: dict[str, Any]) -> None:
    """What it answers is missing, is nothing, or is in another chat."""
    save(path, group([topic(3), written(4, NOON, **more)]))

    assert only_chat(path).topic_of(1) is None


def test_missing_topic_is_one_where_a_reply_named_it(path: Path) -> None:
    """The file begins after the topic was opened."""
    save(path, group([written(4, NOON, reply_to=2)]))

    assert 2 == only_chat(path).topic_of(0, {2})


@pytest.mark.parametrize(("gone", "is_unbroken"), [(1, True), (2, False), (4, False), (5, False), (7, True)])
def test_gap_counts_between_the_messages_around_a_time(path: Path, gone: int, *, is_unbroken: bool) -> None:
    """From the last message before it to the first one after it; a message a minute, minutes 3 to 5 are asked about."""
    save(path, group([written(10 + minute, NOON + 60 * minute) for minute in range(9) if minute != gone]))

    assert is_unbroken == only_chat(path).is_unbroken(NOON + 3 * 60, NOON + 5 * 60)


def test_whole_account_is_read_for_the_group_alone(path: Path) -> None:
    """Other chats are named, and left alone."""
    others = group([written(1, NOON)], 7, "Family")
    account = {
        "about": "Here is the data",
        "personal_information": {"user_id": 1},
        "contacts": {"list": [{"first_name": "A"}]},
        "chats": {"about": "x", "list": [others, group([topic(3), written(4, NOON), written(5, NOON, "y", OPERATOR)])]},
        "left_chats": {"list": []},
    }
    save(path, account)

    export = read(path)

    assert [GROUP] == list(export.chats)
    assert {7: "Family"} == export.others


def test_folder_of_an_export_is_enough(tmp_path: Path) -> None:
    """As Telegram makes it."""
    save(tmp_path / "result.json", group([written(4, NOON)]))

    assert 1 == len(only_chat(tmp_path))


@pytest.mark.parametrize("step", [1, 7, 64])
def test_known_damages_are_mended_wherever_the_file_is_cut(path: Path, step: int, monkeypatch: Any) -> None:
    """Bytes of buttons escaped as in C, and the file of an own emoji without quotes."""
    emoji = [{"type": "custom_emoji", "text": "😮", "document_id": "DAMAGED"}, " and \\x01 as text"]
    button = {"inline_bot_buttons": [[{"type": "callback", "data": "1=412SEPARATOR2=97180"}]]}
    save(path, group([topic(3), written(4, NOON, emoji, reply_to=3, **button), written(5, NOON, "last")]))
    damaged = path.read_text("utf-8").replace('"DAMAGED"', "video_files/sticker (2).webm").replace("SEPARATOR", "\\x01")
    path.write_text(damaged, "utf-8")
    monkeypatch.setattr("hotline_batch.evidence.export.json_stream._CHUNK_BYTES", step)
    with pytest.raises(json.JSONDecodeError):
        json.loads(damaged)

    assert ["", "😮 and \\x01 as text", "last"] == texts(only_chat(path))


@pytest.mark.parametrize(
    "damage", [lambda text: text[: len(text) // 2], lambda text: text[:-3], lambda text: text.replace('"id"', "id", 1)]
)
def test_other_damages_are_refused(path: Path, damage: Any) -> None:
    """A file that ends in the middle says nothing of what came after."""
    save(path, group([topic(3), written(4, NOON)]))
    path.write_text(damage(path.read_text("utf-8")), "utf-8")

    said = refusal(path)

    assert "ends in the middle" in said or "is damaged" in said
    assert "Export it again" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"PK\x03\x04....", "packed"),
        (b"id,message\n1,Hello\n", "not an export"),
        (b"[1, 2]", "not an export"),
        (b'{"name": "x", "value": 3}', "not an export of a chat"),
        (b'{"name": "x", "id": %d, "messages": [{"id": 1}]}' % GROUP, "not an export of a chat"),
        (b'{"name": "\xff", "messages": []}', "not UTF-8"),
        (b"", "not an export"),
    ],
)
def test_other_files_are_called_what_they_are(path: Path, content: bytes, said: str) -> None:
    """With a way to get one that can be used."""
    path.write_bytes(content)

    assert said in refusal(path)


def test_folder_with_a_web_page_is_named_as_such(tmp_path: Path) -> None:
    """Telegram's usual choice."""
    (tmp_path / "messages.html").write_text("<html></html>", "utf-8")

    assert "web page" in refusal(tmp_path)
    assert "JSON" in refusal(tmp_path)


def test_old_export_without_comparable_times_is_refused(path: Path) -> None:
    """Local times alone are ambiguous in autumn."""
    old = written(4, NOON)
    del old["date_unixtime"]
    save(path, group([old]))

    assert "old Telegram Desktop" in refusal(path)


def test_account_with_only_my_messages_is_refused(path: Path) -> None:
    """All are of one person, and most numbers are missing."""
    mine = [written(number, NOON + number, sender=OPERATOR) for number in (10, 40, 90)]
    save(path, {"chats": {"list": [group(mine)]}})

    assert "only the messages of one person" in refusal(path)


def test_group_in_which_one_alone_writes_is_used(path: Path) -> None:
    """No number is missing."""
    mine = [written(number, NOON + number, sender=OPERATOR) for number in (10, 11, 12)]
    save(path, {"chats": {"list": [group(mine)]}})

    assert 3 == len(only_chat(path))


@pytest.mark.parametrize("numbers", [(4, 4), (5, 4)])
def test_numbers_out_of_order_are_refused(path: Path, numbers: tuple[int, int]) -> None:
    """Telegram writes them upwards."""
    save(path, group([written(number, NOON) for number in numbers]))

    assert "is damaged" in refusal(path)


def test_messages_of_the_small_group_before_do_not_count(path: Path) -> None:
    """They have numbers of their own, below zero."""
    save(path, group([written(-999_999_990, NOON), written(4, NOON)]))

    assert [4] == list(only_chat(path).numbers)


@pytest.mark.parametrize(
    "unlikely",
    [
        {"id": 10**30},
        {"id": float("inf")},
        {"date_unixtime": "9" * 30},
        {"date_unixtime": "999999999999999"},
        {"date_unixtime": "-5"},
        {"reply_to_message_id": 10**30},
    ],
    ids=lambda unlikely: next(iter(unlikely.items())),
)
def test_numbers_that_no_message_has_are_refused(path: Path, unlikely: dict[str, Any]) -> None:
    """In words, whatever the file claims to be."""
    save(path, group([written(4, NOON) | unlikely]))

    with pytest.raises(ExportError):
        read(path)


@pytest.mark.parametrize(
    "content",
    ['{"x":' + "[" * 20_000 + "]" * 20_000 + "}", f'{{"id":{GROUP},"x":{"9" * 5_000},"messages":[]}}'],
    ids=["nested", "many digits"],
)
def test_what_no_export_holds_is_called_damage_where_it_stands(path: Path, content: str) -> None:
    """The file is whole: it does not end in the middle."""
    path.write_text(content, "utf-8")

    with pytest.raises(ExportError, match="is damaged at character"):
        read(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    """With what to do."""
    assert "there is no such export" in refusal(tmp_path / "no.json")


def test_messages_written_in_different_ways_have_different_senders(path: Path) -> None:
    """A forwarded copy is not typed."""
    messages = [written(4, NOON), written(5, NOON, forwarded_from="Anna"), written(6, NOON, via_bot="@some")]
    save(path, group(messages))

    assert 3 == len(only_chat(path).senders())


def test_value_without_end_is_given_up() -> None:
    """Nobody reads a whole disk into memory."""
    stream = JsonStream(BytesIO(b'{"a": "never closed'))

    assert "a" == next(stream.members())

    with pytest.raises(BrokenJson):
        stream.value()


def test_large_file_takes_little_memory_and_time(path: Path) -> None:
    """A tenth of a large group, in a process of its own: by far below 150 MB and 2 seconds for each 30,000 messages."""
    resource = pytest.importorskip("resource", reason="Windows does not count this way")
    if not Path("/proc/self/status").exists():
        pytest.skip("only Linux tells the peak of one process")
    with path.open("w", encoding="utf-8") as file:
        write_large(file, MESSAGES_READ_FOR_TIME)
    program = (
        "import re, sys; from pathlib import Path\n"
        "from hotline_batch.evidence.export.reader import read_export\n"
        f"chat = read_export(Path(sys.argv[1]), [{GROUP}]).chats[{GROUP}]\n"
        # Not ru_maxrss, which a process takes over from whoever started it.
        "print(len(chat), re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )

    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    messages, kilobytes = map(int, done.stdout.split())
    assert MESSAGES_READ_FOR_TIME == messages
    assert kilobytes < 100 * 1024
    assert spent < 4
