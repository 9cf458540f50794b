"""Files of a watched folder that are named like results -> those that no run of the ledger writes there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from hotline_batch.application.inbox.settled_files import Stamp
from hotline_batch.errors import LedgerError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.runs import Run


class ResultsOfOthers:
    """Tells the results that a person has laid there from those that stand beside their sheets."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._judged: dict[Path, Stamp] = {}

    def among(self, found: Iterable[Path]) -> Sequence[Path]:
        """Those that are new since the last look, or were changed, and that nobody would serve."""
        stamps = {path: stamp for path in found if (stamp := Stamp.of(path))}
        new = [path for path, stamp in stamps.items() if self._judged.get(path) != stamp]
        if not new:
            self._judged = stamps
            return ()
        try:
            runs = self._ledger.runs()
        except LedgerError:  # they are looked at again
            return ()
        self._judged = stamps
        # One that was put away while the ledger was read is gone by now.
        return [path for path in new if Stamp.of(path) and not any(_writes(run, path) for run in runs)]


def _writes(run: Run, path: Path) -> bool:
    """Whether this is a run's result; that of a sheet of an inbox by its name, since folders have several paths."""
    output = Path(run.output_path)
    return output == path or (run.notes.lies_in_inbox and output.name == path.name)
