"""Message templates: listed, filled in with a row, written by oneself and kept; and a blank sheet for their cells."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from hotline_batch.application.office.acting import needs
from hotline_batch.errors import OutputError, SheetError, TemplateError
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import words_of
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.next_step import SaysHow
from hotline_batch.people import Role
from hotline_batch.plan.message.filters import FILTER_LIST
from hotline_batch.plan.message.template import MessageTemplate, columns_of_template
from hotline_batch.plan.message.template_files import (
    SUFFIX,
    names_in,
    own_templates_folder,
    shipped_names,
)
from hotline_batch.plan.message.template_files import load_template as load_template
from hotline_batch.plan.message.template_files import offered_names as offered_names
from hotline_batch.plan.message.template_files import template_names as template_names
from hotline_batch.plan.message.text import LONGEST_MESSAGE, checked_message
from hotline_batch.plan.message.written_forms import WrittenForms
from hotline_batch.private_files import replace_text
from hotline_batch.results.files.output import check_ending, check_output, write_output
from hotline_batch.run_options import Reading
from hotline_batch.settings.model import Settings
from hotline_batch.sheets.source import open_sheet

_NO_SHEET = "-"
_MARK_LETTERS: Final = 16
LONGEST_TEMPLATE: Final = 20_000
LONGEST_NAME: Final = 60
TAKEN_NAMES: Final = frozenset({"new", "preview"})
"""Names that stand for something else where templates have addresses."""

_NAME = re.compile(r"[^\W_](?:[\w -]*[^\W_])?")


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
class ShownTemplate:
    """A template. ``is_own``: it can be changed; the others can be copied."""

    name: str
    text: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class FilledIn:
    """A template filled in with one row: the message, or why there is none.

    ``columns`` are those that it takes, ``warnings`` what looks unintended.
    """

    message: str = ""
    problem: str = ""
    columns: Sequence[str] = ()
    warnings: Sequence[str] = ()
    row_number: int = 0
    longest: int = LONGEST_MESSAGE


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
            as_read = WrittenForms(message_template.columns, None, None).of(row, cells)
            return replace(_filled_in(message_template, as_read), row_number=row.number)
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
    check_ending(output, words("{output}: a blank sheet is a workbook.", output=output), ".xlsx")
    check_output(output, _NO_SHEET, force=force)
    # It knows openpyxl, which whoever looks at a template does without.
    from hotline_batch.results.workbook.input_form import write_blank_sheet  # noqa: PLC0415 - see above

    names = tuple(settings.connections)
    return write_output(output, lambda stream: write_blank_sheet(kind, names, stream, say), replace=force)


def shown_template(name: str) -> ShownTemplate | None:
    """The template of that name; None where there is none."""
    if name not in template_names():
        return None
    return ShownTemplate(name, load_template(name), name in names_in(own_templates_folder()))


def try_out(text: str, cells: Mapping[str, str]) -> FilledIn:
    """Fill a template in. Columns without a cell are told by their own names. Nothing is raised for what is wrong."""
    try:
        plain = _plain(text)
        columns = columns_of_template(plain)
        template = MessageTemplate(plain, columns)
    except TemplateError as error:
        return FilledIn(problem=str(error))
    filled = _filled_in(template, [cells.get(column) or f"‹{column}›" for column in columns])
    return replace(filled, columns=columns)


def _filled_in(template: MessageTemplate, cells: Sequence[str]) -> FilledIn:
    filled = template.filled_in(cells)
    message = checked_message(filled) if isinstance(filled, str) else filled
    if isinstance(message, Issue):
        return FilledIn(problem=words_of(message), warnings=template.warnings)
    return FilledIn(message, warnings=template.warnings)


class TemplateChanged(TemplateError):
    """The template that was to be replaced is another one, or gone, since whoever changes it has opened it."""


@needs(Role.PREPARE)
def mark_of_template(name: str) -> str:
    """Some letters that stand for the text of an own template as it is now; empty where there is none."""
    return _mark(load_template(name)) if name in names_in(own_templates_folder()) else ""


def _mark(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK_LETTERS]


@needs(Role.PREPARE)
def keep_template(name: str, text: str, *, before: str = "", seen: str | None = None) -> None:
    """Keep a template under a name; ``before`` is the own one that it replaces, if it is one, and ``seen`` was its mark
    when it was opened to be changed; None: keep it whatever became of that one.

    TemplateError where the name or the text cannot be used, TemplateChanged where somebody else changed it meanwhile,
    OutputError where it cannot be written.
    """
    check_name(name, before=before)
    plain = _plain(text)
    columns_of_template(plain)
    # What is there already may have been kept by the first of two clicks.
    if before and seen is not None and mark_of_template(before) not in (seen, _mark(plain)):
        raise TemplateChanged(
            words(
                "Somebody else changed or removed '{before}' since you opened it, so nothing was kept yet. What you "
                "wrote stands below. Keep it once more to put it in the place of theirs, or give it another name.",
                before=before,
            )
        )
    folder = own_templates_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Under this name or not at all: another one would be another template.
        replace_text(folder / f"{name}{SUFFIX}", plain)
        if before and before != name:
            forget_template(before)
    except OSError as error:
        raise OutputError(
            words(
                "The template could not be kept in {folder}: {strerror}.",
                folder=folder,
                strerror=reason_of(error),
            )
        ) from None


@needs(Role.PREPARE)
def forget_template(name: str) -> None:
    """Forget an own template; one that came along stays."""
    if name in names_in(own_templates_folder()):
        try:
            (own_templates_folder() / f"{name}{SUFFIX}").unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                words("The template could not be removed: {strerror}.", strerror=reason_of(error))
            ) from None


def check_name(name: str, *, before: str = "") -> None:
    """TemplateError where a template cannot be called so."""
    if not name:
        raise TemplateError(words("The template has no name yet."))
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name) or name.casefold() in TAKEN_NAMES:
        raise TemplateError(
            words(
                "A name has letters, digits, blanks, - and _, and at most {longest_name} of them; it begins and "
                "ends with a letter or a digit.",
                longest_name=LONGEST_NAME,
            )
        )
    if name.casefold() in {known.casefold() for known in shipped_names()}:
        raise TemplateError(words("'{name}' came with the program and stays as it is. Choose another name.", name=name))
    others = {known.casefold() for known in names_in(own_templates_folder()) if known != before}
    if name.casefold() in others:
        raise TemplateError(
            words("There is a template '{name}' already. Choose another name, or change that one.", name=name)
        )


def _plain(text: str) -> str:
    """The text with line ends as files have them; a browser sends others. TemplateError where it is too long."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(plain) > LONGEST_TEMPLATE:
        raise TemplateError(
            words(
                "The template has {plain:,} characters, and {longest_template:,} at most can be kept. Shorten "
                "it: a message has {longest_message:,} at most.",
                plain=len(plain),
                longest_template=LONGEST_TEMPLATE,
                longest_message=LONGEST_MESSAGE,
            )
        )
    return plain
