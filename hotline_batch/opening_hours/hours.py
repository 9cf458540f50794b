"""All that says when requests may leave -> when they may next, and when what takes so long is done."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from functools import reduce

from hotline_batch.opening_hours.wall_clock import Stretch
from hotline_batch.opening_hours.week import Week


@dataclass(frozen=True, slots=True)
class Hours:
    """Open where each of its weeks is, in its zone, and not before a moment. Moments are seconds since the epoch, UTC.

    The stricter one counts. A zone of None is that of this machine.
    """

    weeks: tuple[tuple[Week, tzinfo | None], ...] = ()
    not_before: float = -math.inf

    @property
    def is_always(self) -> bool:
        """Whether nothing is ever waited for."""
        return self.not_before == -math.inf and all(week.is_always for week, _ in self.weeks)

    def stretches(self, since: float) -> Iterator[Stretch]:
        """When it is open, from the stretch on that ends after a moment."""
        since = max(since, self.not_before)
        after: Iterator[Stretch] = iter([(self.not_before, math.inf)])
        return reduce(_both, (week.stretches(since, zone) for week, zone in self.weeks if not week.is_always), after)

    def next_open(self, moment: float) -> float:
        """The moment itself where it is open then, else when it opens next; infinity where it never does."""
        return next((max(moment, begin) for begin, end in self.stretches(moment) if end > moment), math.inf)

    def closes_at(self, moment: float) -> float:
        """When it closes that is open then, or that opens next; infinity where that is never."""
        return next((end for _, end in self.stretches(moment) if end > moment), math.inf)

    def add_working_time(self, moment: float, seconds: float) -> float:
        """When so many seconds of being open have passed since a moment; infinity where that is never."""
        left = seconds
        for begin, end in self.stretches(moment):
            begins = max(begin, moment)
            if end > begins and left <= end - begins:
                return begins + left
            left -= max(0.0, end - begins)
        return math.inf


ALWAYS = Hours()


def _both(left: Iterator[Stretch], right: Iterator[Stretch]) -> Iterator[Stretch]:
    """When both are open."""
    one, other = next(left, None), next(right, None)
    while one is not None and other is not None:
        begin, end = max(one[0], other[0]), min(one[1], other[1])
        if begin < end:
            yield begin, end
        if one[1] <= other[1]:
            one = next(left, None)
        else:
            other = next(right, None)
