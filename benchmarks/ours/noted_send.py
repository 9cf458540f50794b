"""The program, with a note of each moment when its pacer grants a turn; suspends itself once, at the grant named.

FILE GRANT ARGUMENTS...: the arguments are those of ``hotline-batch``.
"""

import atexit
import os
import signal
import sys
from pathlib import Path

from hotline_batch.__main__ import main
from hotline_batch.ledger.pace import Pacer

target, suspended_at = Path(sys.argv[1]), int(sys.argv[2])
sys.argv[1:] = sys.argv[3:]
grants: list[float] = []
grant = Throttle.grant


def noted_grant(self: Throttle, now: float) -> None:
    """The same grant, written down."""
    grant(self, now)
    grants.append(now)
    if len(grants) == suspended_at:
        os.kill(os.getpid(), signal.SIGSTOP)


Throttle.grant = noted_grant  # type: ignore[method-assign]  # it is the same, and written down
atexit.register(lambda: target.write_text("\n".join(map(repr, grants))))
main()
