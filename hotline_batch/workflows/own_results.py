"""Which files are a run's own results: these it replaces, and no others."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from hotline_batch.errors import LedgerError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model import Run
from hotline_batch.results.write import STANDARD_OUTPUT

OWN_RESULTS: Final = "results"
"""Key of a run's options: the paths at which it wrote its result sheet, or was allowed to replace what is there."""


def full_path(output: str) -> str:
    """The path as it is kept: a run may go on from another folder."""
    return output if output in {"", STANDARD_OUTPUT} else str(Path(output).absolute())


def own_results(run: Run) -> Sequence[str]:
    """The paths that are the run's own."""
    found: Any = run.options.get(OWN_RESULTS)
    return tuple(found or ())


def may_replace(ledger: Ledger, run: Run, output: str) -> bool:
    """Whether a file at ``output`` is the run's to replace; where none is there yet, the name is the run's from now on.

    A file that somebody else put there while the run went on is not.
    """
    own = own_results(run)
    if output == STANDARD_OUTPUT or output in own:
        return True
    if not os.path.lexists(output):
        # A ledger on a full disk cannot remember it: the next result appears beside this one then.
        with suppress(LedgerError):
            ledger.add_options(run.id, **{OWN_RESULTS: [*own, output]})
    return False
