"""Rows that need a person, as they pass -> the same rows sorted by what to do first, at flat memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

from hotline_batch.model import Status

FIRST_THINGS_FIRST = (Status.UNKNOWN, Status.FAILED, Status.INVALID, Status.NOT_ATTEMPTED)
"""Doubts are settled first, since everything else may hang on them; what can be tried again comes before what has to
be mended in the sheet, and 'resume' takes care of the rest."""

_KEPT_IN_MEMORY_BYTES = 1 << 18


@dataclass(slots=True)
class _Group:
    rows: int
    file: SpooledTemporaryFile[str]


class ProblemSorter:
    """Takes lines in the order of the sheet and gives them back by status, biggest reason first. A context manager.

    Lines wait in temporary files, one for each reason, that are gone when the context ends.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._groups: dict[tuple[int, str], _Group] = {}
        self._rank = {status.value: rank for rank, status in enumerate(FIRST_THINGS_FIRST)}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def needs_a_person(self, status: str) -> bool:
        """Whether a row of that status is a problem."""
        return status in self._rank

    def add(self, status: str, code: str, line: Sequence[str]) -> None:
        """Keep one line."""
        group = self._groups.get((self._rank[status], code))
        if group is None:
            file = self._stack.enter_context(
                # The stack is the context manager: one file for each reason, all gone at the end.
                SpooledTemporaryFile(  # noqa: SIM115 - see above
                    max_size=_KEPT_IN_MEMORY_BYTES, mode="w+", encoding="utf-8", newline="\n"
                )
            )
            group = self._groups[self._rank[status], code] = _Group(0, file)
        group.rows += 1
        # ASCII, so that no half surrogate of somebody's cell can stop the sheet.
        group.file.write(json.dumps(line) + "\n")

    def lines(self) -> Iterator[list[str]]:
        """Every line, what to do first first."""
        for _, group in sorted(self._groups.items(), key=lambda item: (item[0][0], -item[1].rows, item[0][1])):
            group.file.seek(0)
            for text in group.file:
                yield json.loads(text)
