"""Entries of a run's chain <-> lines of a file, each of which can be checked by itself and against the ledger.

A line holds the fields of its entry and what is known of what pruning forgets; ``entry`` is its number among
``entries``, ``digest`` that of the chain. The salt of what can be forgotten stands in it, so that whoever has the file
needs nothing else to check it; where that is forgotten, what stands in the entry for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hotline_batch.ledger.oversight.run_chain import (
    ATTEMPT_FIELDS,
    WORD,
    WORD_FIELDS,
    Facts,
    entry_text,
    next_digest,
    told_digest,
)

_FACTS = (("user_id", "message_sha256", "message_length"), ("group_id", "topic_id"), ("note",))
_NOTHING_KNOWN: Mapping[str, Facts] = {WORD: {"note": ""}}
"""What stands in a line where the texts were forgotten."""


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What a look at a whole file found.

    ``first_wrong`` is the number of the first line, from 1, that is not as it was written, or is missing; None where
    all is as it was. ``run`` is the run that it tells of, empty where that cannot be read; ``last_digest`` the last one
    of the file, and ``digests`` all of them.
    """

    run: str
    lines: int
    first_wrong: int | None
    digests: tuple[bytes, ...]

    @property
    def last_digest(self) -> str:
        """In hexadecimal; empty for a file without lines."""
        return self.digests[-1].hex() if self.digests else ""


def line_of(entry: Mapping[str, Any], facts: Facts, salt: str, number: int, entries: int, digest: bytes) -> bytes:
    """An entry as a line, without its end."""
    told = dict(entry)
    forgotten = told.pop("told_sha256")
    known = {**facts, "entry": number, "entries": entries}
    proof = {"salt": salt} if salt else {"told_sha256": forgotten}
    return _written({**told, **known, **proof, "digest": digest.hex()})


def check_lines(lines: Iterable[bytes]) -> FileCheck:
    """Whether lines, with their ends, are as ``line_of`` wrote them, all of them and in their order."""
    run, digest, entries, number = "", b"", 0, 0
    digests: list[bytes] = []
    for number, line in enumerate(lines, 1):
        found = _parsed(line)
        if found is None:
            return FileCheck(run, number, number, tuple(digests))
        run, entries = run or str(found["run"]), entries or found["entries"]
        digest = next_digest(digest, _entry_of(found))
        is_next = found["entry"] == number and found["entries"] == entries and found["run"] == run
        if not is_next or digest.hex() != found["digest"]:
            return FileCheck(run, number, number, tuple(digests))
        digests.append(digest)
    return FileCheck(run, number, number + 1 if number < entries else None, tuple(digests))


def _parsed(line: bytes) -> dict[str, Any] | None:
    """The fields of a line; None where it is not, to the last byte, as it would be written."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    if not isinstance(found, dict) or _written(found) + b"\n" != line:
        return None
    fields = WORD_FIELDS if found.get("event") == WORD else ATTEMPT_FIELDS
    shapes = [(*fields, *facts, "entry", "entries", "salt", "digest") for facts in _FACTS if _goes_with(fields, facts)]
    forgotten = _NOTHING_KNOWN.get(str(found.get("event")), {})
    bare = (*fields, *forgotten, "entry", "entries", "told_sha256", "digest")
    if tuple(found) == bare and all(found[name] == value for name, value in forgotten.items()):
        return found
    return found if tuple(found) in shapes else None


def _goes_with(fields: tuple[str, ...], facts: tuple[str, ...]) -> bool:
    return (fields == WORD_FIELDS) == (facts == ("note",))


def _entry_of(found: Mapping[str, Any]) -> str:
    fields = WORD_FIELDS if found["event"] == WORD else ATTEMPT_FIELDS
    told = found.get("told_sha256")
    if told is None:
        facts = {name: found[name] for shape in _FACTS for name in shape if name in found}
        told = told_digest(str(found["salt"]), facts)
    return entry_text({name: found[name] for name in fields}, str(told))


def _written(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")
