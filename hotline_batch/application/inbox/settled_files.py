"""A folder -> those of its files that nobody is writing any more."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PARTIAL = frozenset({".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".filepart", ".opdownload"})
_SHEETS = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"})
_OF_OURS = re.compile(r"\.results( \(\d+\))?\.[^.]+$")
_OF_THE_SYSTEM = frozenset({"desktop.ini", "thumbs.db"})


def is_for_the_inbox(name: str) -> bool:
    """Whether a file of that name is meant for somebody: not hidden, not half a download, not a result of ours."""
    return _is_whole(name) and not _OF_OURS.search(name.lower())


def is_named_like_a_result(name: str) -> bool:
    """Whether a sheet has the name of a result of ours, which is never served."""
    return _is_whole(name) and is_sheet(name) and bool(_OF_OURS.search(name.lower()))


def _is_whole(name: str) -> bool:
    lowered = name.lower()
    return not (
        lowered.startswith((".", "~$"))
        or lowered in _OF_THE_SYSTEM
        or lowered.endswith(("~", ".error.txt"))
        or Path(lowered).suffix in _PARTIAL
    )


def is_sheet(name: str) -> bool:
    """Whether the name is that of a sheet; a copy that somebody put by, such as ``old.csv.bak``, is none."""
    return Path(name).suffix.lower() in _SHEETS


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells that a file is still the same: its size, when it was changed, and which file it is."""

    size: int
    changed_ns: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Stamp | None:
        """The stamp of a regular file; None for what is none, or is gone."""
        try:
            found = path.lstat()
        except OSError:
            return None
        return cls(found.st_size, found.st_mtime_ns, found.st_ino) if stat.S_ISREG(found.st_mode) else None


class SettledFiles:
    """Watches the files of a folder until size and time of each were the same for ``settle_seconds``.

    Moments are monotonic seconds, given by the caller. A file that a spreadsheet program holds open is not settled.
    """

    def __init__(self, folder: Path, settle_seconds: float) -> None:
        self._folder = folder
        self._settle_seconds = settle_seconds
        self._seen: dict[Path, tuple[Stamp, float]] = {}
        self.strangers: Sequence[Path] = ()
        """Files of the last look that are no sheets by their names; they are left alone."""
        self.opened: Mapping[Path, str] = {}
        """Sheets of the last look that seem to be open in a spreadsheet program, and the files that say so."""
        self.links: Sequence[Path] = ()
        """Symbolic links of the last look that are named like sheets; what they lead to lies elsewhere."""
        self.named_like_results: Sequence[Path] = ()
        """What the last look found under names of result sheets, ours and those that somebody has laid there."""

    def look(self, now: float) -> Sequence[Path]:
        """Look at the folder; the settled files, those that were changed first at the front. Raises OSError."""
        names = set(os.listdir(self._folder))  # noqa: PTH208 - names are compared, also those of lock files
        seen = {}
        self.opened = {
            self._folder / name: lock for name in names if is_sheet(name) and (lock := _lock_of(name, names))
        }
        self.links = [
            self._folder / name
            for name in sorted(names)
            if is_sheet(name) and is_for_the_inbox(name) and (self._folder / name).is_symlink()
        ]
        self.named_like_results = [self._folder / name for name in sorted(names) if is_named_like_a_result(name)]
        found = list(self._candidates(names))
        self.strangers = [path for path, _ in found if not is_sheet(path.name)]
        for path, stamp in ((path, stamp) for path, stamp in found if is_sheet(path.name)):
            before = self._seen.get(path)
            seen[path] = before if before and before[0] == stamp else (stamp, now)
        self._seen = seen
        settled = [path for path, (_, since) in seen.items() if now - since >= self._settle_seconds]
        return sorted(settled, key=lambda path: (seen[path][0].changed_ns, path.name))

    @property
    def waiting(self) -> int:
        """How many files were there at the last look, settled or not."""
        return len(self._seen)

    def _candidates(self, names: set[str]) -> Iterator[tuple[Path, Stamp]]:
        for name in names:
            if not is_for_the_inbox(name) or _lock_of(name, names):
                continue
            path = self._folder / name
            stamp = Stamp.of(path)
            if stamp is not None:
                yield path, stamp


def _lock_of(name: str, names: Collection[str]) -> str:
    """The file that Excel and LibreOffice lay beside a sheet that is open in them; empty where there is none."""
    return next((lock for lock in (f"~${name}", f".~lock.{name}#") if lock in names), "")
