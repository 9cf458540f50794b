"""A person's own message templates: looked at, tried out, kept, forgotten."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hotline_batch.application.office.acting import needs
from hotline_batch.errors import OutputError, TemplateError
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import words_of
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.people import Role
from hotline_batch.plan.message.template import MessageTemplate, columns_of_template
from hotline_batch.plan.message.template_files import (
    SUFFIX,
    load_template,
    names_in,
    own_templates_folder,
    shipped_names,
    template_names,
)
from hotline_batch.plan.message.text import LONGEST_MESSAGE, checked_message
from hotline_batch.private_files import write_private

LONGEST_TEMPLATE: Final = 20_000
LONGEST_NAME: Final = 60
TAKEN_NAMES: Final = frozenset({"new", "preview"})
"""Names that stand for something else where templates have addresses."""

_NAME = re.compile(r"[^\W_](?:[\w -]*[^\W_])?")


@dataclass(frozen=True, slots=True)
class TriedOut:
    """A template filled in with one row: the columns that it takes, and the message, or why there is none."""

    columns: Sequence[str]
    message: str
    problem: str
    longest: int = LONGEST_MESSAGE


@dataclass(frozen=True, slots=True)
class ShownTemplate:
    """A template. ``is_own``: it can be changed; the others can be copied."""

    name: str
    text: str
    is_own: bool


def shown_template(name: str) -> ShownTemplate | None:
    """The template of that name; None where there is none."""
    if name not in template_names():
        return None
    return ShownTemplate(name, load_template(name), name in names_in(own_templates_folder()))


def try_out(text: str, cells: Mapping[str, str]) -> TriedOut:
    """Fill a template in. Columns without a cell are told by their own names. Nothing is raised for what is wrong."""
    try:
        plain = _plain(text)
        columns = columns_of_template(plain)
        template = MessageTemplate(plain, columns)
    except TemplateError as error:
        return TriedOut((), "", str(error))
    filled = template.filled_in([cells.get(column) or f"‹{column}›" for column in columns])
    message = checked_message(filled) if isinstance(filled, str) else filled
    if isinstance(message, Issue):
        return TriedOut(columns, "", words_of(message))
    return TriedOut(columns, message, "")


@needs(Role.PREPARE)
def keep_template(name: str, text: str, *, before: str = "") -> None:
    """Keep a template under a name; ``before`` is the own one that it replaces, if it is one.

    TemplateError where the name or the text cannot be used, OutputError where it cannot be written.
    """
    check_name(name, before=before)
    plain = _plain(text)
    columns_of_template(plain)
    folder = own_templates_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Under this name or not at all: another one would be another template.
        write_private(folder / f"{name}{SUFFIX}", plain)
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
