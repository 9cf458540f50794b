"""The program, with a note of each moment when a request gets its turn; suspends itself once, at the turn named.

FILE TURN ARGUMENTS...: the arguments are those of ``hotline-batch``.
"""

import atexit
import os
import signal
import sys
from pathlib import Path

from hotline_batch.__main__ import main
from hotline_batch.ledger.pace.pacer import Pacer
from hotline_batch.ledger.pace.turns import Turns

target, suspended_at = Path(sys.argv[1]), int(sys.argv[2])
sys.argv[1:] = sys.argv[3:]
moments: list[float] = []
leaves_at = Turns.leaves_at


def noted(self: Turns, pacer: Pacer, turn: float) -> float:
    """The same moment, written down."""
    moments.append(leaves_at(self, pacer, turn))
    if len(moments) == suspended_at:
        os.kill(os.getpid(), signal.SIGSTOP)
    return moments[-1]


Turns.leaves_at = noted  # type: ignore[method-assign]  # it is the same, and written down
atexit.register(lambda: target.write_text("\n".join(map(repr, moments))))
main()
