"""What `template` shows and makes: a template's text, a row filled in, a blank sheet."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from hotline_batch.errors import OutputError, SheetError, TemplateError
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import words_of
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.next_step import NextStep, SaysHow, step
from hotline_batch.plan.message.filters import FILTER_LIST
from hotline_batch.plan.message.template import MessageTemplate
from hotline_batch.plan.message.template_files import load_template, names_in, own_templates_folder
from hotline_batch.plan.message.template_files import offered_names as offered_names
from hotline_batch.plan.message.template_files import template_names as template_names
from hotline_batch.plan.message.text import LONGEST_MESSAGE, checked_message
from hotline_batch.results.files.output import check_output, write_output
from hotline_batch.run_options import Reading
from hotline_batch.settings.model import Settings
from hotline_batch.sheets.source import open_sheet

_NO_SHEET = "-"


@dataclass(frozen=True, slots=True)
class FilledIn:
    """A template filled in with one row: the message, or why there is none; what looks unintended."""

    row_number: int
    message: str
    problem: str
    warnings: tuple[str, ...]
    longest: int = LONGEST_MESSAGE


@dataclass(frozen=True, slots=True)
class TemplateHead:
    """A template's name and its first line: the comment that says which columns it needs.

    ``is_own``: the user wrote it; the others came with the program. Where its file is not ``is_readable``, ``about``
    says why.
    """

    name: str
    about: str
    is_own: bool = False
    is_readable: bool = True


@dataclass(frozen=True, slots=True)
class ListedFilter:
    """A filter of templates, with an example and what it does, in the reader's language."""

    name: str
    example: str
    about: str


def listed_filters() -> tuple[ListedFilter, ...]:
    """The filters that templates may use, those for dates and amounts first."""
    return tuple(ListedFilter(name, example, words(about)) for name, (example, about) in FILTER_LIST.items())


def listed_templates(chosen: str = "") -> tuple[TemplateHead, ...]:
    """The user's own templates, and those that came along in the reader's language; also the ``chosen`` one, if it is
    one of another language.
    """
    own, offered = names_in(own_templates_folder()), offered_names()
    more = (chosen,) if chosen not in offered and chosen in template_names() else ()
    return tuple(_head(name, is_own=name in own) for name in (*offered, *more))


def template_text(name: str) -> str:
    """The text of a template, by its name or path. TemplateError where there is none."""
    return load_template(name)


def _head(name: str, *, is_own: bool) -> TemplateHead:
    try:
        return TemplateHead(name, _about(load_template(name)), is_own)
    except TemplateError as error:
        return TemplateHead(name, str(error), is_own, is_readable=False)


def _about(text: str) -> str:
    first = text.splitlines()[0].strip() if text.strip() else ""
    return first.removeprefix("{#").removesuffix("#}").strip() if first.startswith("{#") else first


def fill_in(template: str | None, sheet: str, reading: Reading, row_number: int | None, *, text: str = "") -> FilledIn:
    """The message of one row; without a number, of the first row. SheetError where the sheet has no such row.

    ``template`` is a name or a path; without one, ``text`` is that of the template itself.
    """
    source = text if template is None else load_template(template)
    with ExitStack() as stack:
        opened = stack.enter_context(open_sheet(sheet, reading))
        message_template = MessageTemplate(source, opened.sheet.header)
        last = opened.sheet.header_row
        for row in opened.rows():
            last = row.number
            if row_number is not None and row.number != row_number:
                continue
            cells = (*row.cells, *[""] * (len(opened.sheet.header) - len(row.cells)))
            warnings = tuple(message_template.warnings)
            try:
                message = checked_message(message_template.render(cells))
            except TemplateError as error:
                return FilledIn(row.number, "", str(error), warnings)
            if isinstance(message, Issue):
                return FilledIn(row.number, "", words_of(message), warnings)
            return FilledIn(row.number, message, "", warnings)
    if row_number is None:
        raise SheetError(
            words("{sheet} has no rows below its header, so there is nothing to show.", sheet=opened.sheet.name)
        )
    raise SheetError(
        words(
            "{sheet} has no row {row_number} with text; its last row is {last}.",
            sheet=opened.sheet.name,
            row_number=row_number,
            last=last,
        )
    )


def make_blank_sheet(kind: Kind, output: str, settings: Settings, *, force: bool, say: SaysHow = str) -> str:
    """Write a blank sheet to fill in; the path that was used. OutputError where it cannot be written.

    Its instructions are in the words that ``say`` has for steps.
    """
    if Path(output).suffix.lower() != ".xlsx":
        raise OutputError(
            words("{output}: a blank sheet is a workbook.", output=output),
            step(NextStep.CHOOSE_OUTPUT_LIKE, ending=".xlsx"),
        )
    check_output(output, _NO_SHEET, force=force)
    # It knows openpyxl, which whoever looks at a template does without.
    from hotline_batch.results.workbook.input_form import write_blank_sheet  # noqa: PLC0415 - see above

    names = tuple(settings.connections)
    return write_output(output, lambda stream: write_blank_sheet(kind, names, stream, say), replace=force)
