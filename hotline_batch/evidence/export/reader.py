"""A file that Telegram Desktop exported -> its groups; or why it cannot be used, and how to get one that can."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from hotline_batch.errors import ExportError
from hotline_batch.evidence.export.chat import Chat, is_told, read_message
from hotline_batch.evidence.export.json_stream import BrokenJson, JsonStream
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.next_step import NextStep, step

_NAME_IN_A_FOLDER = "result.json"
_BYTES_LOOKED_AT = 512
# Whose "only my messages" is: of what others wrote, next to nothing is there.
_SHARE_OF_OTHERS_MISSING = 0.5
_LISTS_OF_CHATS = frozenset({"chats", "left_chats"})


@dataclass(frozen=True, slots=True)
class Export:
    """What was read: the groups that were asked for, and those that were there besides, by their ids and names."""

    path: Path
    sha256: str
    chats: Mapping[int, Chat]
    others: Mapping[int, str]


def read_export(path: Path, wanted: Collection[int]) -> Export:
    """Read the groups ``wanted`` from an export, or from the folder that Telegram made for it.

    Raises ExportError, which says how to get a file that can be used.
    """
    file_path = path / _NAME_IN_A_FOLDER if path.is_dir() else path
    try:
        with file_path.open("rb") as file:
            _refuse_other_formats(path, file.read(_BYTES_LOOKED_AT))
            file.seek(0)
            return _Reader(file_path, file, wanted).read()
    except FileNotFoundError:
        if path.is_dir() and (path / "messages.html").exists():
            raise _html(path) from None
        raise ExportError(words("{path}: there is no such export.", path=path), step(NextStep.EXPORT_GROUP)) from None
    except OSError as error:
        raise ExportError(words("{path} cannot be read: {strerror}.", path=path, strerror=reason_of(error))) from None
    except BrokenJson as error:
        if error.is_at_end:
            said = words("{path} ends in the middle.", path=path)
        else:
            said = words("{path} is damaged at character {character:,}.", path=path, character=error.character)
        raise ExportError(said, step(NextStep.EXPORT_GROUP_AGAIN)) from None
    except UnicodeDecodeError:
        raise ExportError(
            words("{path} is damaged: it is not UTF-8.", path=path), step(NextStep.EXPORT_GROUP_AGAIN)
        ) from None


class _Reader:
    def __init__(self, path: Path, file: BinaryIO, wanted: Collection[int]) -> None:
        self._path = path
        self._wanted = wanted
        self._digest = hashlib.sha256()
        self._stream = JsonStream(file, self._digest.update)
        self._chats: dict[int, Chat] = {}
        self._others: dict[int, str] = {}

    def read(self) -> Export:
        if not self._stream.begins_with("{"):
            raise self._not_an_export()
        top = Chat()
        has_messages, is_of_account = self._read_chat(top)
        self._stream.end()
        if has_messages:
            self._keep(top)
        elif not is_of_account:
            raise self._not_an_export()
        if is_of_account:
            for chat in self._chats.values():
                self._refuse_only_mine(chat)
        return Export(self._path, self._digest.hexdigest(), self._chats, self._others)

    def _read_chat(self, chat: Chat) -> tuple[bool, bool]:
        """Whether the object holds messages, and whether it holds other chats, which are kept."""
        has_messages = is_of_account = False
        for name in self._stream.members():
            if name == "id":
                number = self._stream.value()
                chat.group_id = number if isinstance(number, int) else 0
            elif name == "name":
                chat.name = str(self._stream.value() or "")
            elif name == "messages" and self._stream.begins_with("["):
                has_messages = True
                self._read_messages(chat)
            elif name in _LISTS_OF_CHATS and self._stream.begins_with("{"):
                is_of_account = True
                self._read_chats()
            else:
                self._stream.skip()
        return has_messages, is_of_account

    def _read_chats(self) -> None:
        for name in self._stream.members():
            if name != "list" or not self._stream.begins_with("["):
                self._stream.skip()
                continue
            for _ in self._stream.items():
                chat = Chat()
                self._read_chat(chat)
                self._keep(chat)

    def _read_messages(self, chat: Chat) -> None:
        is_wanted = not chat.group_id or chat.group_id in self._wanted
        for _ in self._stream.items():
            found = self._stream.value()
            if is_wanted and is_told(found):
                chat.add(self._message(found))

    def _message(self, found: Any) -> Any:
        try:
            return read_message(found)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, KeyError) and error.args == ("date_unixtime",):
                raise ExportError(
                    words(
                        "{path} was written by an old Telegram Desktop: it has no times that can be compared.",
                        path=self._path,
                    ),
                    step(NextStep.EXPORT_GROUP_AGAIN),
                ) from None
            raise self._not_an_export() from None

    def _keep(self, chat: Chat) -> None:
        if chat.group_id not in self._wanted:
            self._others[chat.group_id] = chat.name
            return
        try:
            chat.close()
        except ValueError as error:
            raise ExportError(
                words("{path} is damaged: {error}.", path=self._path, error=error), step(NextStep.EXPORT_GROUP_AGAIN)
            ) from None
        if chat.group_id in self._chats:
            raise ExportError(
                words("{path} holds the group {group_id} twice.", path=self._path, group_id=chat.group_id)
            )
        self._chats[chat.group_id] = chat

    def _refuse_only_mine(self, chat: Chat) -> None:
        if not len(chat) or len(chat.senders()) > 1:
            return
        share = len(chat) / (chat.numbers[-1] - chat.numbers[0] + 1)
        if share < _SHARE_OF_OTHERS_MISSING:
            raise ExportError(
                words(
                    "{path} holds only the messages of one person in the group '{chat}': an export of the whole "
                    "account leaves out what others wrote, unless it is told otherwise.",
                    path=self._path,
                    chat=chat.name,
                ),
                step(NextStep.EXPORT_GROUP),
            )

    def _not_an_export(self) -> ExportError:
        return ExportError(
            words("{path} is JSON, but not an export of a chat by Telegram Desktop.", path=self._path),
            step(NextStep.EXPORT_GROUP),
        )


def _refuse_other_formats(path: Path, head: bytes) -> None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] == b"<":
        raise _html(path)
    if head[:2] == b"PK":
        raise ExportError(
            words(
                "{path} is packed. Unpack it first, and name the file {name_in_a_folder} in it.",
                path=path,
                name_in_a_folder=_NAME_IN_A_FOLDER,
            )
        )
    if text[:1] != b"{":
        raise ExportError(words("{path} is not an export by Telegram Desktop.", path=path), step(NextStep.EXPORT_GROUP))


def _html(path: Path) -> ExportError:
    return ExportError(
        words(
            "{path} is an export as a web page, which does not say who sent a message, nor its exact time.", path=path
        ),
        step(NextStep.EXPORT_GROUP),
    )
