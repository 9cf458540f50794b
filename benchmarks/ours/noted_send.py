"""The program, with a note of each moment when a request leaves; suspends itself once, at the request named.

FILE NUMBER ARGUMENTS...: the arguments are those of ``hotline-batch``.
"""

import atexit
import os
import signal
import sys
from pathlib import Path

from hotline_batch.__main__ import main
from hotline_batch.ledger.pace.pacer import Pacer

target, suspended_at = Path(sys.argv[1]), int(sys.argv[2])
sys.argv[1:] = sys.argv[3:]
moments: list[float] = []
leave_at = Pacer.leave_at


def noted(self: Pacer, turn: float, now: float) -> float:
    """The same moment, written down where the request leaves."""
    moment = leave_at(self, turn, now)
    if moment == now:
        moments.append(moment)
        if len(moments) == suspended_at:
            os.kill(os.getpid(), signal.SIGSTOP)
    return moment


Pacer.leave_at = noted  # type: ignore[method-assign]  # it is the same, and written down
atexit.register(lambda: target.write_text("\n".join(map(repr, moments))))
main()
