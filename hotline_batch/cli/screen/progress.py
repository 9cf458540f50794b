"""Snapshots of a run -> a bar on a terminal, a plain line every few seconds elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, Protocol

from hotline_batch.cli.screen.wording import day_and_time, duration
from hotline_batch.language.formats import percent
from hotline_batch.language.words import marked, words
from hotline_batch.model.jobs import Status

if TYPE_CHECKING:
    from tqdm import tqdm

    from hotline_batch.model.progress import Progress

_PLAIN_LINE_EVERY_SECONDS = 5.0
_LONG_WAIT_SECONDS = 90.0
_ROOM_AT_THE_EDGE = 4  # a line that fills the terminal is broken by whatever else is typed or printed
_WORDS: Mapping[Status, str] = marked(
    {
        Status.SENT: "sent {count:,}",
        Status.ENRICHED: "looked up {count:,}",
        Status.FAILED: "{count:,} failed",
        Status.UNKNOWN: "{count:,} in doubt",
        Status.INVALID: "{count:,} cannot be used",
        Status.SKIPPED: "{count:,} left out",
        Status.NOT_ATTEMPTED: "{count:,} not tried",
    }
)


class ProgressDisplay(Protocol):
    """Shows the snapshots of one run after another."""

    def __call__(self, progress: Progress) -> None:
        """Show a snapshot."""

    def make_room(self) -> None:
        """Take away what is shown, so that words can be printed, or for good; the next snapshot shows it again."""


class TerminalBar:
    """Words and a bar in the last line of the terminal."""

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone
        self._bar: tqdm[Any] | None = None

    def __call__(self, progress: Progress) -> None:
        """Show a snapshot."""
        from tqdm import tqdm  # noqa: PLC0415 - only a run on a terminal has a bar; help and short words go without

        if self._bar is not None and self._bar.total != progress.rows:
            self.make_room()  # another run
        columns = shutil.get_terminal_size().columns - _ROOM_AT_THE_EDGE
        line = told(progress, time.time(), self._zone)
        if self._bar is None:
            self._bar = tqdm(
                total=progress.rows, desc=line, bar_format="{desc} {bar}", ncols=columns, file=sys.stderr, leave=False
            )
        self._bar.ncols = columns
        self._bar.set_description_str(line, refresh=False)
        self._bar.n = progress.done
        self._bar.refresh()
        # Back to the start: what the terminal shows of Ctrl-C is covered by the next words instead of standing behind.
        sys.stderr.write("\r")
        sys.stderr.flush()

    def make_room(self) -> None:
        """Clear the line."""
        bar, self._bar = self._bar, None
        if bar is not None:
            with suppress(OSError):  # the terminal may have gone
                bar.close()


class PlainLines:
    """A line every few seconds, through ``say``."""

    def __init__(self, say: Callable[[str], None], zone: tzinfo | None) -> None:
        self._say = say
        self._zone = zone
        self._told_at = 0.0
        self._waits_until: float | None = None
        self._told_long_wait = False

    def __call__(self, progress: Progress) -> None:
        """Tell a snapshot, if it is time; a wait for the hours once, another long one seldom."""
        if (closed_until := progress.closed_until) is not None:
            if closed_until != self._waits_until:
                self._waits_until = closed_until
                self._say(told(progress, time.time(), self._zone))
            return
        self._waits_until = None
        now = progress.elapsed_seconds
        self._told_at = min(self._told_at, now)  # a watched folder has one run after another
        is_long_wait = progress.waiting_seconds >= _LONG_WAIT_SECONDS
        every_seconds = _LONG_WAIT_SECONDS if is_long_wait and self._told_long_wait else _PLAIN_LINE_EVERY_SECONDS
        if now - self._told_at >= every_seconds:
            self._told_at = now
            self._told_long_wait = is_long_wait
            self._say(told(progress, time.time(), self._zone))

    def make_room(self) -> None:
        """Nothing is in the way."""


def told(progress: Progress, now: float, zone: tzinfo | None) -> str:
    """A snapshot in words, such as ``30 of 200 · sent 28 · 2 in doubt · 18/min · done about 14:32, in 9 min``."""
    parts = [words("{done:,} of {rows:,}", done=progress.done, rows=progress.rows)]
    counts = progress.counts
    parts += [words(said, count=counts[status]) for status, said in _WORDS.items() if counts.get(status)]
    if progress.elapsed_seconds > 0 and progress.done:
        parts.append(words("{per_minute:.0f}/min", per_minute=progress.done / progress.elapsed_seconds * 60))
    if progress.pace < 1:
        parts.append(words("slowed to {share}", share=percent(progress.pace)))
    if progress.stopping:
        parts.append(words("stopping"))
        return " · ".join(parts)
    if progress.closed_until is not None:
        parts.append(words("waits until {moment}", moment=day_and_time(progress.closed_until, now, zone)))
    if progress.seconds_left is not None:
        ends = day_and_time(now + progress.seconds_left, now, zone)
        parts.append(words("done about {end}, in {duration}", end=ends, duration=duration(progress.seconds_left)))
    if progress.closed_until is None and progress.waiting_seconds >= _LONG_WAIT_SECONDS:
        leaves_at = day_and_time(now + progress.waiting_seconds, now, zone)
        parts.append(words("waits until {moment}", moment=leaves_at))
    elif progress.closed_until is None and progress.waiting_seconds >= 1:
        parts.append(words("next in {seconds:.0f} s", seconds=progress.waiting_seconds))
    return " · ".join(parts)
