"""Questions on the terminal -> answers, asked and read in the reader's language; y and n are always understood."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from hotline_batch.language.words import marked, words

Read = TypeVar("Read")

# The first is the one that stands behind the question.
_YES = marked("y, yes")
_NO = marked("n, no")


def ask(question: str, read: Callable[[str], Read]) -> Read:
    """What ``read`` makes of the answer; where it raises click.UsageError, that is said, and the question comes again.

    Raises click.Abort at Ctrl-C and at the end of the input.
    """
    while True:
        typed = click.prompt(question, default="", show_default=False, err=True)
        try:
            return read(str(typed))
        except click.UsageError as error:
            click.echo(words("Error: {error}", error=error.message), err=True)


def confirm(question: str) -> bool:
    """The answer to a yes-or-no question; no is the default. Raises click.Abort like ``ask``."""
    yes, no = _forms(_YES), _forms(_NO)

    def is_yes(typed: str) -> bool:
        said = typed.strip().casefold()
        if said in {*yes, "y", "yes"}:
            return True
        if said in {"", *no, "n", "no"}:
            return False
        raise click.UsageError(words("Type {yes} or {no}.", yes=yes[0], no=no[0]))

    return ask(f"{question} [{yes[0]}/{no[0].upper()}]", is_yes)


def new_password(question: str) -> str:
    """A password, typed twice and not shown. Raises click.Abort like ``ask``."""
    while True:
        password: str = click.prompt(question, hide_input=True, err=True)
        if password == click.prompt(words("Once more"), hide_input=True, err=True):
            return password
        click.echo(words("Error: {error}", error=words("These are two different passwords.")), err=True)


def _forms(listed: str) -> list[str]:
    return [form.strip().casefold() for form in words(listed).split(",")]
