"""The worksheets of a workbook -> the one that is meant: one rule for all formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hotline_batch.errors import SheetError, SheetQuestion
from hotline_batch.language.words import words
from hotline_batch.next_step import NextStep, Step, Told, advised, step


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One worksheet; ``is_active``: the file says that the program opens it on this one.

    ``part`` is where the reader of its format finds it; ``header_row`` is where the header stands below titles, in a
    sheet that this program marked.
    """

    name: str
    part: str = ""
    is_visible: bool = True
    is_active: bool = False
    header_row: int | None = None


class WorksheetQuestion(SheetQuestion):
    """Several worksheets could be meant: ``columns`` are those of each, by its name."""

    def __init__(self, message: str, columns: dict[str, tuple[str, ...]]) -> None:
        super().__init__(message, step(NextStep.NAME_WORKSHEET, name=next(iter(columns))))
        self.columns = columns


def choose_worksheet(found: Sequence[Worksheet], asked: str | None, file: str) -> Worksheet:
    """The worksheet asked for, also a hidden one; else the active visible one; else the first visible one.

    SheetError where the name is unknown, and where all worksheets are hidden.
    """
    if asked is not None:
        chosen = next((sheet for sheet in found if sheet.name == asked), None) or next(
            (sheet for sheet in found if sheet.name.strip().casefold() == asked.strip().casefold()), None
        )
        if chosen is None:
            raise SheetError(
                words(
                    "{file} has no worksheet '{asked}'. It has {names_of}.",
                    file=file,
                    asked=asked,
                    names_of=names_of(found),
                ),
                which_one(found),
            )
        return chosen
    visible = [sheet for sheet in found if sheet.is_visible]
    if not visible:
        raise SheetError(
            words("All worksheets of {file} are hidden: {names_of}.", file=file, names_of=names_of(found)),
            which_one(found),
        )
    return next((sheet for sheet in visible if sheet.is_active), visible[0])


def notice_of(chosen: Worksheet, found: Sequence[Worksheet]) -> Told:
    """What a person is told of the choice."""
    if len(found) == 1:
        return words("Worksheet '{name}'", name=chosen.name)
    said = words(
        "Worksheet '{chosen}' of {found}: {names_of}.", chosen=chosen.name, found=len(found), names_of=names_of(found)
    )
    return advised(said, step(NextStep.CHOOSE_OTHER_WORKSHEET))


def which_one(found: Sequence[Worksheet]) -> Step:
    """That a person says which of these is meant."""
    return step(NextStep.NAME_WORKSHEET, name=found[0].name)


def names_of(found: Sequence[Worksheet]) -> str:
    """The names as a person is shown them."""
    return ", ".join(f"'{sheet.name}'" + ("" if sheet.is_visible else " (hidden)") for sheet in found)
