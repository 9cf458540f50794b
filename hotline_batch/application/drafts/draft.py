"""An uploaded sheet and what a person said about it so far; kept as JSON in a private folder beside the ledger."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from pydantic import TypeAdapter

from hotline_batch.application.office.acting import needs
from hotline_batch.errors import HotlineBatchError
from hotline_batch.language.words import words
from hotline_batch.ledger.database.opening import ledger_path, server_of
from hotline_batch.ledger.run_records import options_as_json, options_from_json
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import Run, RunNotes
from hotline_batch.people import Role
from hotline_batch.private_files import replace_text
from hotline_batch.run_options import RunOptions
from hotline_batch.settings.ledger_address import default_ledger
from hotline_batch.settings.model import Settings

_ID: Final = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9]{8}")
_LONGEST_NAME = 150
_UNNAMED = "sheet"
_DIGITS_OF_SERVER = 8
OLD_AFTER_SECONDS: Final = 30 * 86_400.0
"""A draft that nobody touched for so long, and that became no run, is removed."""

INCOMING: Final = "incoming-"
"""How files are called that are on their way in."""

_FILE, _SHEET, _CHANGING, _STARTING = "draft.json", "sheet-", "changing.lock", "starting.lock"
_SECONDS_TO_CHANGE = 10.0


class DraftMissing(HotlineBatchError):
    """There is no draft of that id: removed as old, with its run, or never there."""


class DraftBusy(HotlineBatchError):
    """Somebody else changes this draft, or makes a run of it, right now: another window, or another click."""


class NoDraft(ValueError):
    """What was kept is no draft, or only a part of one."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A sheet that was uploaded to become a run.

    ``name`` is shown and never used as a path. ``kind`` None: seen from the columns. ``own_text`` is the message as
    typed, kept while a template or a column is chosen instead; ``leaves_out_faulty``: rows that cannot be sent are
    left out on purpose; ``trial_rows``: the first rows go alone, then a person looks. ``run`` is the run that it
    became, or is becoming; empty before.
    """

    id: str
    name: str
    size: int
    fingerprint: str
    kind: Kind | None = None
    options: RunOptions = field(default_factory=RunOptions)
    own_text: str = ""
    leaves_out_faulty: bool = False
    trial_rows: int | None = None
    run: str = ""

    @property
    def is_practice(self) -> bool:
        """Whether nothing of it will be real."""
        return self.options.sandbox


def is_draft_id(text: str) -> bool:
    """Whether a draft could be called so; anything else never becomes part of a path."""
    return _ID.fullmatch(text) is not None


def name_to_show(given: str) -> str:
    """The last part of a file's name as a browser sent it, without what cannot be seen or turns the text round."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    seen = "".join(c for c in " ".join(last.split()) if c.isprintable()).strip()
    if len(seen) > _LONGEST_NAME:
        stem, dot, extension = seen.rpartition(".")
        seen = f"{stem[: _LONGEST_NAME - len(extension) - 2]}…{dot}{extension}" if len(extension) < 6 else seen
        seen = seen[:_LONGEST_NAME]
    return seen if seen.strip(".") else _UNNAMED


_KEPT: Final = TypeAdapter(Draft)


def draft_as_json(draft: Draft) -> str:
    """What is kept of a draft; its options as the ledger keeps those of runs."""
    kept = _KEPT.dump_python(draft, mode="json", exclude={"options"})
    return json.dumps({**kept, "options": json.loads(options_as_json(draft.options, RunNotes()))}, ensure_ascii=True)


def draft_from_json(text: str) -> Draft:
    """A draft as it was kept. NoDraft where the text is none."""
    try:
        found = json.loads(text)
        options, _ = options_from_json(json.dumps(found["options"]))
        return _KEPT.validate_python({**found, "options": options})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NoDraft(type(error).__name__) from error


def drafts_folder(settings: Settings) -> Path:
    """Where drafts are kept: beside the ledger's file; where the ledger has none, where its file would lie.

    Each ledger has a folder of its own: another one could not tell what run a draft became, and would make it again.
    """
    ledger = ledger_path(settings.ledger) or ledger_path(default_ledger())
    place = (ledger or Path("ledger")).expanduser().absolute()
    name = place.name.removesuffix(".sqlite")
    if server := server_of(settings.ledger):
        name += f"-{sha256(server.encode()).hexdigest()[:_DIGITS_OF_SERVER]}"
    return place.with_name(f"{name}-uploads")


def draft_folder(settings: Settings, draft_id: str) -> Path:
    """The folder of one draft. DraftMissing for what could be no draft's id."""
    if not is_draft_id(draft_id):
        raise DraftMissing(words("There is no such sheet here."))
    return drafts_folder(settings) / draft_id


def sheet_file(settings: Settings, draft: Draft) -> Path:
    """Where the sheet itself lies; another sheet has another place."""
    return draft_folder(settings, draft.id) / f"{_SHEET}{draft.fingerprint[:16]}"


@needs(Role.PREPARE)
def read_draft(settings: Settings, draft_id: str) -> Draft:
    """A draft. DraftMissing where there is none."""
    try:
        return draft_from_json((draft_folder(settings, draft_id) / _FILE).read_text("ascii"))
    except (FileNotFoundError, NotADirectoryError):
        raise DraftMissing(
            words("This sheet is not here any more: it was removed with its run, or because it was old.")
        ) from None
    except (OSError, UnicodeDecodeError, NoDraft) as error:
        raise DraftMissing(
            words("What was kept of this sheet cannot be read ({error}). Upload it again.", error=error)
        ) from error


@needs(Role.PREPARE)
def change_draft(settings: Settings, draft_id: str, change: Callable[[Draft], Draft]) -> Draft:
    """Keep a changed draft, on the disk when this returns; two windows that change it do so one after the other.

    DraftMissing; DraftBusy where another window takes too long.
    """
    folder = draft_folder(settings, draft_id)
    read_draft(settings, draft_id)
    with _held(
        folder / _CHANGING, _SECONDS_TO_CHANGE, words("This sheet is being changed in another window right now.")
    ):
        before = read_draft(settings, draft_id)
        after = change(before)
        if after != before:
            keep_draft(settings, after)
        if after.fingerprint != before.fingerprint:
            sheet_file(settings, before).unlink(missing_ok=True)
        return after


def keep_draft(settings: Settings, draft: Draft) -> None:
    """Write a draft, whole or not at all, and on the disk when this returns."""
    replace_text(draft_folder(settings, draft.id) / _FILE, draft_as_json(draft))


@contextmanager
def starting(settings: Settings, draft_id: str, timeout_seconds: float) -> Iterator[None]:
    """Held while a run is made of a draft: whoever comes second waits, and then finds the run.

    DraftBusy where that takes too long. A process that is killed holds it no longer.
    """
    read_draft(settings, draft_id)
    place = draft_folder(settings, draft_id) / _STARTING
    with _held(place, timeout_seconds, words("This sheet is being started right now.")):
        yield


@contextmanager
def _held(place: Path, timeout_seconds: float, otherwise: str) -> Iterator[None]:
    """Hold a lock; DraftBusy with these words where somebody else holds it for so long."""
    lock = FileLock(place, timeout=timeout_seconds, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise DraftBusy(otherwise) from None
    try:
        yield
    finally:
        lock.release()


@needs(Role.PREPARE)
def forget_draft(settings: Settings, draft_id: str) -> None:
    """Remove a draft and its sheet; what is not there is forgotten already."""
    if is_draft_id(draft_id):
        shutil.rmtree(draft_folder(settings, draft_id), ignore_errors=True)


def forget_draft_of(settings: Settings, run: Run) -> None:
    """Remove the draft that became this run; one that became another one since stays."""
    with suppress(DraftMissing):
        if run.notes.upload and read_draft(settings, run.notes.upload).run == run.id:
            forget_draft(settings, run.notes.upload)


def forget_old_drafts(settings: Settings, now: float) -> None:
    """Remove what nobody touched for long and what never became a draft, such as a file whose program was killed while
    it came in; one with a run goes with its run.
    """
    folder = drafts_folder(settings)
    if not folder.is_dir():
        return
    for path in list(folder.iterdir()):
        with suppress(OSError):
            is_old = now - max(each.stat().st_mtime for each in (path, *path.glob(_FILE))) > OLD_AFTER_SECONDS
            if is_old and path.name.startswith(INCOMING):
                path.unlink()
            elif is_old and not _has_run(settings, path.name):
                forget_draft(settings, path.name)


def without_run(draft: Draft) -> Draft:
    """The draft, ready to become another run."""
    return replace(draft, run="")


def _has_run(settings: Settings, draft_id: str) -> bool:
    try:
        return bool(read_draft(settings, draft_id).run)
    except DraftMissing:
        return False
