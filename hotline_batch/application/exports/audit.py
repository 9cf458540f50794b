"""A run's audit trail -> a file of JSON lines, whole or not at all."""

from __future__ import annotations

import json
from typing import BinaryIO

from hotline_batch.application.office.acting import needs
from hotline_batch.ledger.attempts import audit_trail
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.people import Role
from hotline_batch.results.files.output import STANDARD_OUTPUT, check_target, write_output
from hotline_batch.settings.model import Settings


@needs(Role.LOOK)
def write_audit(settings: Settings, run_id: str, path: str, *, force: bool = False) -> int:
    """Write every attempt and resolution of a run; ``-`` is standard output. The number of lines.

    Raises OutputError where the file exists already or cannot be written.
    """
    lines = 0
    with Ledger(settings.ledger) as ledger:
        run = ledger.run(run_id)

        def fill(stream: BinaryIO) -> None:
            nonlocal lines
            for entry in audit_trail(ledger, run):
                stream.write(json.dumps(entry, ensure_ascii=False).encode("utf-8") + b"\n")
                lines += 1

        if path != STANDARD_OUTPUT:
            check_target(path, run.sheet_path, force=force)
        write_output(path, fill, replace=force)
    return lines
