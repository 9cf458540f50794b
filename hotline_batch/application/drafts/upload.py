"""The bytes of an uploaded sheet, as they arrive -> a draft in its private folder."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shutil
import string
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from hotline_batch.application.drafts.draft import (
    INCOMING,
    Draft,
    DraftBusy,
    change_draft,
    draft_folder,
    drafts_folder,
    forget_old_drafts,
    keep_draft,
    name_to_show,
    read_draft,
    sheet_file,
    starting,
)
from hotline_batch.application.office.acting import check_may, needs
from hotline_batch.errors import HotlineBatchError, SheetError
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.people import Role
from hotline_batch.private_files import make_private_folder
from hotline_batch.run_options import RunOptions, option_names, options_named
from hotline_batch.settings.model import Settings
from hotline_batch.sheets.detect import recognise
from hotline_batch.sheets.snapshot import take_snapshot

_log = logging.getLogger(__name__)

LARGEST_UPLOAD_BYTES: Final = 100 * 1024**2

_SECONDS_TO_WAIT: Final = 5.0
_LETTERS = string.ascii_lowercase + string.digits


class UploadTooLarge(SheetError):
    """More bytes came than a sheet may have."""


class SheetStarted(HotlineBatchError):
    """The sheet that was to be replaced became a run, or becomes one right now; what came was not kept."""


class Incoming:
    """A sheet on its way in; what was not kept when the ``with`` statement ends is removed."""

    def __init__(self, settings: Settings, name: str, *, most_bytes: int = LARGEST_UPLOAD_BYTES) -> None:
        check_may(Role.PREPARE)
        self.name = name_to_show(name)
        self.size = 0
        self._settings = settings
        self._most_bytes = most_bytes
        self._digest = hashlib.sha256()
        make_private_folder(drafts_folder(settings))
        self._path = drafts_folder(settings) / f"{INCOMING}{secrets.token_hex(8)}"
        self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def write(self, data: bytes) -> None:
        """Take the next bytes. UploadTooLarge; OSError where there is no room for them."""
        self.size += len(data)
        if self.size > self._most_bytes:
            raise UploadTooLarge(
                words(
                    "{name} is larger than {most} MB. Divide it into several sheets; a workbook becomes smaller when "
                    "pictures and worksheets that are not needed are deleted.",
                    name=self.name,
                    most=self._most_bytes // 1024**2,
                )
            )
        self._digest.update(data)
        self._file.write(data)

    def refuse_what_is_no_sheet(self) -> None:
        """SheetError that says what the file is, where its content says that it is no sheet, or a locked one."""
        self._file.flush()
        snapshot = take_snapshot(self._path, self.name)
        try:
            recognise(snapshot)
        finally:
            snapshot.close()

    def keep(self, kind: Kind | None, *, practice: bool, mishaps: tuple[str, ...] = ()) -> Draft:
        """A new draft of what came. ``kind`` None: seen from the columns; ``mishaps`` are for practice."""
        now = time.time()
        moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
        options = replace(_usual_options(self._settings), sandbox=practice, mishaps=mishaps if practice else ())
        draft = Draft(
            id=f"{moment}-{''.join(secrets.choice(_LETTERS) for _ in range(8))}",
            name=self.name,
            size=self.size,
            fingerprint=self._digest.hexdigest(),
            kind=kind,
            options=options,
            own_text=options.message or "",
            trial_rows=self._settings.option_defaults.get("canary") or None,  # type: ignore[arg-type]  # a number, as the settings file's check says
        )
        make_private_folder(draft_folder(self._settings, draft.id))
        self._finish(sheet_file(self._settings, draft))
        keep_draft(self._settings, draft)
        _log.info("sheet uploaded", extra={"upload": draft.id, "sheet": draft.name, "bytes": draft.size})
        forget_old_drafts(self._settings, now)
        return draft

    def keep_instead(self, draft_id: str) -> Draft:
        """The draft with this sheet in the place of the one before; what was said about it holds on.

        SheetStarted where a run was made of the one before meanwhile: then that one stays.
        """
        came = {"name": self.name, "size": self.size, "fingerprint": self._digest.hexdigest()}
        with _before_it_is_started(self._settings, draft_id) as before:
            draft = replace(before, **came)  # type: ignore[arg-type]  # the fields by name
            self._finish(sheet_file(self._settings, draft))
            return change_draft(self._settings, draft_id, lambda before: replace(before, **came))  # type: ignore[arg-type]  # as above

    def _finish(self, place: Path) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._path.replace(place)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # what could not be written before cannot be now
            self._file.close()
        self._path.unlink(missing_ok=True)


@contextmanager
def _before_it_is_started(settings: Settings, draft_id: str) -> Iterator[Draft]:
    """The draft, of which nobody makes a run meanwhile. SheetStarted where somebody did, or is about to."""
    with ExitStack() as stack:
        try:
            stack.enter_context(starting(settings, draft_id, _SECONDS_TO_WAIT))
        except DraftBusy as error:
            raise SheetStarted(str(error)) from error
        draft = read_draft(settings, draft_id)
        if draft.run:
            raise SheetStarted(words("This sheet was started meanwhile."))
        yield draft


@needs(Role.PREPARE)
def use_again(settings: Settings, draft_id: str, *, practice: bool, mishaps: tuple[str, ...] = ()) -> Draft:
    """A new draft with the same sheet and the same choices, but for the one to send once more what was sent before:
    that was said of one run. DraftMissing.
    """
    before = read_draft(settings, draft_id)
    with Incoming(settings, before.name) as incoming, sheet_file(settings, before).open("rb") as file:
        shutil.copyfileobj(file, incoming, 1024**2)
        new = incoming.keep(before.kind, practice=practice, mishaps=mishaps)
    limits = replace(before.options.limits, duplicate_window=new.options.limits.duplicate_window)
    return change_draft(
        settings,
        new.id,
        lambda made: replace(
            made,
            options=replace(before.options, limits=limits, sandbox=practice, mishaps=mishaps if practice else ()),
            own_text=before.own_text,
            leaves_out_faulty=before.leaves_out_faulty,
        ),
    )


def _usual_options(settings: Settings) -> RunOptions:
    """What the settings file says for every sheet; of a message and a template, the text goes first."""
    known = set(option_names())
    said: dict[str, object] = {name: value for name, value in settings.option_defaults.items() if name in known}
    if "message" in said:
        said.pop("template", None)
    if mapped := settings.option_defaults.get("map"):
        said["column_map"] = dict(_pairs(mapped))
    if isinstance(where := said.get("where"), str):
        said["where"] = (where,)
    return options_named(said)


def _pairs(mapped: object) -> Mapping[str, str]:
    match mapped:
        case Mapping():
            return {str(field): str(column) for field, column in mapped.items()}
        case str():
            return _pairs([mapped])
        case _:
            texts = [str(each).partition("=") for each in mapped]  # type: ignore[attr-defined]  # a list, as the settings file's check says
            return {field.strip(): column.strip() for field, _, column in texts}
