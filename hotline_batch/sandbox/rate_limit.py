"""How many requests the sandbox takes in a time: the next one in, the seconds to wait out."""

from __future__ import annotations

import math
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

_SECONDS = {"s": 1, "min": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Limit:
    """``requests`` at most in any window of ``seconds``."""

    requests: int
    seconds: int


def parse_limit(text: str) -> Limit:
    """``18/min``, ``5/s`` or ``1000/h`` -> a limit."""
    found = re.fullmatch(r"\s*([0-9]{1,9})\s*/\s*(s|min|h)\s*", text)
    if found is None or int(found[1]) == 0:
        raise ValueError(f"'{text}' is not a rate. Write for example 18/min, 5/s or 1000/h.")
    return Limit(int(found[1]), _SECONDS[found[2]])


class RateLimit:
    """Counts the requests of each connection on its own; a refused request does not count."""

    def __init__(self, limit: Limit, clock: Callable[[], float] = time.monotonic) -> None:
        self.limit = limit
        self._clock = clock
        self._taken: defaultdict[str, deque[float]] = defaultdict(deque)

    def wait_seconds(self, connection: str) -> int:
        """Take the request and say 0, or refuse it and say after how many whole seconds another may come."""
        now = self._clock()
        taken = self._taken[connection]
        while taken and taken[0] <= now - self.limit.seconds:
            taken.popleft()
        if len(taken) < self.limit.requests:
            taken.append(now)
            return 0
        return max(1, math.ceil(taken[0] + self.limit.seconds - now))
