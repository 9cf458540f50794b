"""Rows that need a person, as they pass -> the same rows sorted by what to do first, at flat memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

from hotline_batch.model.jobs import Status

_FIRST_THINGS_FIRST: Sequence[tuple[Status, str]] = (
    (Status.UNKNOWN, ""),
    (Status.SKIPPED, "possibly_sent"),
    (Status.FAILED, ""),
    (Status.INVALID, ""),
    (Status.SENT, "reply_differs"),
    (Status.NOT_ATTEMPTED, ""),
)
"""Status, and the code where only rows of that code need a person. Doubts are settled first, since everything else may
hang on them; what can be tried again comes before what has to be mended in the sheet, and 'resume' takes care of the
rest."""

_RANKS = {key: rank for rank, key in enumerate(_FIRST_THINGS_FIRST)}
_KEPT_IN_MEMORY_BYTES = 1 << 18


def _rank(status: Status, code: str) -> int | None:
    return _RANKS.get((status, ""), _RANKS.get((status, code)))


def needs_a_person(status: Status, code: str) -> bool:
    """Whether somebody has to do something about a row, or to look at it."""
    return _rank(status, code) is not None


@dataclass(slots=True)
class _Group:
    rows: int
    file: SpooledTemporaryFile[str]


class ProblemSorter:
    """Takes lines in the order of the sheet and gives them back by status, biggest reason first. A context manager.

    What stopped the run, the code ``stop_code``, comes before everything else. Lines wait in temporary files, one for
    each reason, that are gone when the context ends.
    """

    def __init__(self, stop_code: str = "") -> None:
        self._stop_code = stop_code
        self._stack = ExitStack()
        self._groups: dict[tuple[int, str], _Group] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def add(self, status: Status, code: str, line: Sequence[str]) -> None:
        """Keep one line of a row, if it needs a person."""
        rank = _rank(status, code)
        if rank is None:
            return
        group = self._groups.get((rank, code))
        if group is None:
            file = self._stack.enter_context(
                # The stack is the context manager: one file for each reason, all gone at the end.
                SpooledTemporaryFile(  # noqa: SIM115 - see above
                    max_size=_KEPT_IN_MEMORY_BYTES, mode="w+", encoding="utf-8", newline="\n"
                )
            )
            group = self._groups[rank, code] = _Group(0, file)
        group.rows += 1
        # ASCII, so that no half surrogate of somebody's cell can stop the sheet.
        group.file.write(json.dumps(line) + "\n")

    def lines(self) -> Iterator[list[str]]:
        """Every line, what to do first first."""
        for _, group in sorted(self._groups.items(), key=self._order):
            group.file.seek(0)
            for text in group.file:
                yield json.loads(text)

    def _order(self, item: tuple[tuple[int, str], _Group]) -> tuple[bool, int, bool, int, str]:
        (rank, code), group = item
        stopped_the_run = bool(code) and code == self._stop_code
        return (not stopped_the_run, rank, not code, -group.rows, code)
