"""What a person sees while a command works: words on the right stream, progress, questions; y and n are always
understood.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import tzinfo
from typing import Any, TypeVar

import click

from hotline_batch.cli.screen.progress import PlainLines, ProgressDisplay, TerminalBar
from hotline_batch.cli.screen.streams import give_up_output, is_read_by_nobody
from hotline_batch.errors import NotWritten
from hotline_batch.language.words import marked, words

# Escape sequences and other controls in texts of customers and servers must not drive the terminal; the marks that
# turn the reading direction round must not disguise a text.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def shown(text: str) -> str:
    """Text of others, safe to print: controls are shown as escapes."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


class Console:
    """Words for the person. With ``as_json``, or where standard output carries a sheet, all of them go to stderr."""

    def __init__(
        self, *, quiet: bool = False, as_json: bool = False, no_color: bool = False, data_on_stdout: bool = False
    ) -> None:
        self._quiet = quiet
        self._stdout_is_taken = as_json or data_on_stdout
        self._display: ProgressDisplay | None = None
        self._color = False if no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None

    def say(self, text: str = "", **style: Any) -> None:
        """A line of news; silent with --quiet."""
        if not self._quiet:
            self._print(text, err=True, **style)

    def result(self, text: str = "", **style: Any) -> None:
        """A line of the result; silent with --quiet. Where standard output takes none, it goes to standard error."""
        if not self._quiet:
            self._print(text, err=self._stdout_is_taken, **style)

    def data(self, value: object) -> bool:
        """A line of JSON on standard output; False where it could not be written, which is said."""
        try:
            click.echo(json_text(value))
        except NotWritten as error:
            self.warn(str(error))
            return False
        return True

    def warn(self, text: str) -> None:
        """A line that is said even with --quiet."""
        self._print(text, err=True, fg="yellow")

    def _print(self, text: str, *, err: bool, **style: Any) -> None:
        if self._display is not None:
            self._display.make_room()
        # One line per line break of ours; whatever a cell or a server holds is escaped.
        safe = "\n".join(shown(line) for line in text.split("\n"))
        try:
            click.secho(safe, err=err, color=self._color, reset=bool(style), **style)
        except NotWritten as error:
            # No reason to leave the rows on their way alone.
            give_up_output()
            if not is_read_by_nobody(error):
                self._stdout_is_taken = True
                click.secho(safe, err=True, color=self._color, reset=bool(style), **style)

    def agrees(self, question: str, *, or_else: str, without_terminal: str) -> bool:
        """The answer to a question, where ``or_else`` is said after a no. UsageError where nobody can be asked."""
        if not can_ask():
            raise click.UsageError(without_terminal)
        if confirm(question):
            return True
        self.say(or_else)
        return False

    @contextmanager
    def progress(self, zone: tzinfo | None = None) -> Iterator[ProgressDisplay]:
        """Shows progress until the context ends: a bar on a terminal, a line every few seconds elsewhere.

        Times of day are those of ``zone``, else of this machine.
        """
        on_terminal = sys.stderr.isatty() and not self._quiet
        self._display = TerminalBar(zone) if on_terminal else PlainLines(self.say, zone)
        try:
            yield self._display
        finally:
            self._display.make_room()
            self._display = None


def can_ask() -> bool:
    """Whether there is a terminal to ask on."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def json_text(value: object) -> str:
    """One line of JSON that standard output can take."""
    encoding = codecs.lookup(getattr(sys.stdout, "encoding", None) or "utf-8").name
    return json.dumps(value, ensure_ascii=encoding != "utf-8")


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
