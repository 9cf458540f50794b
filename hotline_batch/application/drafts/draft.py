"""An uploaded sheet and what a person said about it so far; the JSON that keeps both."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from hotline_batch.ledger.run_records import options_as_json, options_from_json
from hotline_batch.model.jobs import Kind
from hotline_batch.model.runs import RunNotes
from hotline_batch.run_options import RunOptions

_ID: Final = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9]{8}")
_LONGEST_NAME = 150
_UNNAMED = "sheet"


class NoDraft(ValueError):
    """What was kept is no draft, or only a part of one."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A sheet that was uploaded to become a run.

    ``name`` is shown and never used as a path; ``uploaded_at`` is seconds since the epoch, UTC. ``kind`` None: seen
    from the columns. ``own_text`` is the message as typed, kept while a template or a column is chosen instead;
    ``leaves_out_faulty``: rows that cannot be sent are left out on purpose; ``trial_rows``: the first rows go alone,
    then a person looks. ``run`` is the run that it became, or is
    becoming; empty before.
    """

    id: str
    name: str
    size: int
    fingerprint: str
    uploaded_at: float
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


def draft_as_json(draft: Draft) -> str:
    """What is kept of a draft."""
    kept = {name: value for name, value in asdict(draft).items() if name not in {"options", "kind"}}
    kept |= {"kind": draft.kind, "options": json.loads(options_as_json(draft.options, RunNotes()))}
    return json.dumps(kept, ensure_ascii=True)


def draft_from_json(text: str) -> Draft:
    """A draft as it was kept. NoDraft where the text is none."""
    try:
        return _draft_from(json.loads(text))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NoDraft(f"{type(error).__name__}: {error}") from error


def _draft_from(found: Mapping[str, Any]) -> Draft:
    options, _ = options_from_json(json.dumps(found["options"]))
    trial = found.get("trial_rows")
    return Draft(
        id=str(found["id"]),
        name=str(found["name"]),
        size=int(found["size"]),
        fingerprint=str(found["fingerprint"]),
        uploaded_at=float(found["uploaded_at"]),
        kind=Kind(found["kind"]) if found.get("kind") else None,
        options=options,
        own_text=str(found.get("own_text", "")),
        leaves_out_faulty=found.get("leaves_out_faulty") is True,
        trial_rows=trial if isinstance(trial, int) and trial > 0 else None,
        run=str(found.get("run", "")),
    )
