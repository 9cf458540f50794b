"""Which column held what in sheets with this very header: kept when a person says so, offered the next time."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256

import platformdirs

from hotline_batch.model.jobs import Kind
from hotline_batch.private_files import replace_text

_APPLICATION = "hotline-batch"
_MOST_KEPT = 500
_LARGEST_FILE = 4 * 1024**2


class RememberedMappings:
    """Mappings by header and kind of run. Holds names of columns, never a cell; a damaged file is an empty one."""

    def __init__(self) -> None:
        self._path = platformdirs.user_state_path(_APPLICATION, appauthor=False) / "mappings.json"

    def recall(self, header: Sequence[str], kind: Kind) -> dict[str, str]:
        """Field -> header text, as confirmed for the same header; empty where nothing was."""
        entry = self._read().get(_key(header, kind))
        mapping = entry.get("map") if isinstance(entry, dict) else None
        if not isinstance(mapping, dict):
            return {}
        return {str(field): column for field, column in mapping.items() if header.count(column) == 1}

    def keep(self, header: Sequence[str], kind: Kind, mapping: Mapping[str, str]) -> None:
        """Remember a mapping. Where the folder cannot be written, nothing is remembered and nothing breaks."""
        entries = self._read()
        key = _key(header, kind)
        entries.pop(key, None)
        entries[key] = {"map": dict(mapping), "kept_at": round(time.time())}
        newest = dict(list(entries.items())[-_MOST_KEPT:])
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            replace_text(self._path, json.dumps(newest, ensure_ascii=True, indent=1))

    def _read(self) -> dict[str, object]:
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(_LARGEST_FILE))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def _key(header: Sequence[str], kind: Kind) -> str:
    return f"{kind.value}:{sha256(json.dumps(list(header)).encode()).hexdigest()}"
