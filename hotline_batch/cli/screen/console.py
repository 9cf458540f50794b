"""What a person sees while a command works: words on the right stream, progress, a question."""

from __future__ import annotations

import codecs
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from hotline_batch.cli.screen.streams import give_up_output, is_read_by_nobody
from hotline_batch.errors import NotWritten

if TYPE_CHECKING:
    from tqdm import tqdm

    from hotline_batch.engine.progress import Progress

_PLAIN_LINE_EVERY_SECONDS = 5.0
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
        # One line per line break of ours; whatever a cell or a server holds is escaped.
        safe = "\n".join(shown(line) for line in text.split("\n"))
        try:
            click.secho(safe, err=err, color=self._color, **style)
        except NotWritten as error:
            # No reason to leave the rows on their way alone.
            give_up_output()
            if not is_read_by_nobody(error):
                self._stdout_is_taken = True
                click.secho(safe, err=True, color=self._color, **style)

    def ask(self, question: str) -> bool:
        """A yes-or-no question on the terminal; no is the default."""
        return click.confirm(question, default=False, err=True)

    @contextmanager
    def progress(self) -> Iterator[_Bar]:
        """Shows progress until the context ends: a bar on a terminal, a line every few seconds elsewhere."""
        bar: _Bar = _TerminalBar() if sys.stderr.isatty() and not self._quiet else _PlainLines(self)
        with bar:
            yield bar


def can_ask() -> bool:
    """Whether there is a terminal to ask on."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def json_text(value: object) -> str:
    """One line of JSON that standard output can take."""
    encoding = codecs.lookup(getattr(sys.stdout, "encoding", None) or "utf-8").name
    return json.dumps(value, ensure_ascii=encoding != "utf-8")


def duration(seconds: float) -> str:
    """Such as ``45 s``, ``3 min 20 s`` or ``2 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"


class _Bar:
    def __enter__(self) -> _Bar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    def __call__(self, progress: Progress) -> None:
        """Show a snapshot."""


class _TerminalBar(_Bar):
    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def __call__(self, progress: Progress) -> None:
        from tqdm import tqdm  # noqa: PLC0415 - only a run on a terminal has a bar; help and short words go without

        if self._bar is None:
            self._bar = tqdm(total=progress.rows, unit="row", file=sys.stderr, dynamic_ncols=True, leave=False)
        self._bar.set_postfix_str(_told(progress), refresh=False)
        self._bar.update(progress.done - self._bar.n)
        self._bar.refresh()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            with suppress(OSError):  # the terminal may have gone
                self._bar.close()


class _PlainLines(_Bar):
    def __init__(self, console: Console) -> None:
        self._console = console
        self._told_at = 0.0

    def __call__(self, progress: Progress) -> None:
        now = progress.elapsed_seconds
        self._told_at = min(self._told_at, now)  # a watched folder has one run after another
        if now - self._told_at < _PLAIN_LINE_EVERY_SECONDS:
            return
        self._told_at = now
        left = f", about {duration(progress.seconds_left)} left" if progress.seconds_left is not None else ""
        self._console.say(f"{progress.done} of {progress.rows} rows: {_told(progress)}{left}")


def _told(progress: Progress) -> str:
    parts = [f"{status.value} {count}" for status, count in progress.counts.items() if count]
    if progress.elapsed_seconds > 0 and progress.done:
        parts.append(f"{progress.done / progress.elapsed_seconds * 60:.0f}/min")
    if progress.pace < 1:
        parts.append(f"slowed to {progress.pace:.0%}")
    if progress.stopping:
        parts.append("stopping")
    elif progress.waiting_seconds >= 1:
        parts.append(f"next in {progress.waiting_seconds:.0f} s")
    return ", ".join(parts) or "starting"
