"""What is asked for: a sheet, what to do with each of its rows, and where the result goes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hotline_batch.errors import SettingsError, SheetError
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.next_step import NextStep, step
from hotline_batch.plan.message.template_files import load_template
from hotline_batch.run_options import Limits, ResultColumns, RunOptions, names_of_columns

if TYPE_CHECKING:  # the check of the settings file comes with it, which whoever only asks does without
    from hotline_batch.settings.model import Settings

LONGEST_TEXT_NOTED = 1_000
"""Characters of a template that are told with the results."""


@dataclass(frozen=True, slots=True)
class Upload:
    """Where a sheet came from that lies in no folder of the person's: the id it is kept by, and its name as shown."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class SheetRequest:
    """One sheet and what a person wants done with it.

    ``sheet`` ``-`` is CSV on standard input, ``output`` ``-`` CSV on standard output; None: beside the sheet, in the
    format of the sheet or in ``result_format``, ``xlsx`` or ``csv``. The result of an ``upload`` is written when
    somebody asks for it, and nowhere before.
    ``remember``: mappings of columns that a person confirmed are kept, and used for sheets with the same header.
    ``follows_columns``: what the sheet is for is seen from its columns, whatever ``kind`` says.
    ``asks``: a person is asked before anything is sent, so that the run is none to go on with before that.
    ``trial_rows``: so many rows go first, then a person looks before the others go.
    """

    kind: Kind
    sheet: str
    options: RunOptions = field(default_factory=RunOptions)
    output: str | None = None
    result_format: str | None = None
    force: bool = False
    remember: bool = False
    follows_columns: bool = False
    asks: bool = False
    upload: Upload | None = None
    trial_rows: int | None = None

    def columns_asked_for(self, settings: Settings) -> ResultColumns:
        """Those of the result that were named for this sheet.

        The settings file is for every sheet, so it may name columns of others.
        """
        asked, usual = self.options.results, usual_columns(settings)
        return ResultColumns(
            columns=asked.columns if asked.columns != usual.columns else (),
            leave_out=asked.leave_out if asked.leave_out != usual.leave_out else (),
        )

    def with_usual_columns(self, settings: Settings) -> SheetRequest:
        """The same; where nothing was said of the columns of the result, with those of the settings."""
        results = with_usual_columns(self.options.results, settings)
        return replace(self, options=replace(self.options, results=results))

    def with_limits(self, limits: Limits) -> SheetRequest:
        """The same, driven by these limits."""
        return replace(self, options=replace(self.options, limits=limits))


def with_usual_columns(asked: ResultColumns, settings: Settings) -> ResultColumns:
    """What was said of the columns of a result, and what the settings say where nothing was."""
    usual = usual_columns(settings)
    return replace(asked, columns=asked.columns or usual.columns, leave_out=asked.leave_out or usual.leave_out)


def usual_columns(settings: Settings) -> ResultColumns:
    """What the settings say of the columns of every result."""
    said = {name: names_of_columns(settings.option_defaults.get(name)) for name in ("columns", "leave_out")}  # type: ignore[arg-type]  # a text or a list of them, as the settings file's check says
    return ResultColumns(columns=said["columns"], leave_out=said["leave_out"])


# Formats that the result is written in, too; the result of the others is a workbook.
_SAME_FORMAT = {".csv": ".csv", ".tsv": ".csv", ".txt": ".csv", ".xlsx": ".xlsx"}


def default_output(sheet_path: str, result_format: str | None = None) -> str:
    """``<stem>.results.<ext>`` beside the input; CSV on standard output for CSV on standard input.

    The format is that of the input, or ``xlsx`` or ``csv`` where ``result_format`` says so.
    SheetError for a path without a file's name, such as ``.``.
    """
    if sheet_path == "-":
        return "-"
    path = Path(sheet_path)
    if not path.name:
        raise SheetError(words("'{sheet_path}' is a folder. Name the sheet in it.", sheet_path=sheet_path))
    ending = f".{result_format}" if result_format else _SAME_FORMAT.get(path.suffix.lower(), ".xlsx")
    return str(path.with_name(f"{path.stem}.results{ending}"))


def text_of_messages(options: RunOptions) -> str | None:
    """The text, or that of the template, that messages are made from; None: a column. SettingsError where both are."""
    if options.message is not None and options.template is not None:
        raise SettingsError(words("There are two messages, a text and a template."), step(NextStep.CHOOSE_ONE_MESSAGE))
    return load_template(options.template) if options.template else options.message
