"""The worksheets of a binary workbook or an OpenDocument -> the one that is meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hotline_batch.errors import SheetError


def only_filled_worksheet(
    names: Sequence[str], visible: Sequence[str], asked: str | None, is_filled: Callable[[str], bool], file: str
) -> str:
    """The worksheet asked for, else the only visible one with cells: old programs add empty ones by themselves.

    SheetError where the name is unknown, where no worksheet is left, or where several could be meant.
    """
    if asked is not None and asked not in names:
        raise SheetError(f"{file} has no worksheet '{asked}'. It has {', '.join(map(repr, names))}.")
    if asked is None and not visible:
        raise SheetError(f"{file} has no visible worksheet. Name one with --worksheet: {', '.join(names)}.")
    filled = [name for name in ([asked] if asked is not None else visible) if is_filled(name)]
    if len(filled) > 1:
        raise SheetError(
            f"{file} has several worksheets with cells: {', '.join(map(repr, filled))}. "
            "Name the one to read with --worksheet."
        )
    if not filled:
        raise SheetError(f"{file} is empty. Fill in a header row and at least one row below it.")
    return filled[0]
