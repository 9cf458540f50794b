"""A run's audit trail -> a file of JSON lines, whole or not at all."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import BinaryIO

from hotline_batch.errors import NotWritten
from hotline_batch.ledger.attempts import audit_trail
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.next_step import NextStep, step
from hotline_batch.results.atomic import write_whole
from hotline_batch.results.output import check_target
from hotline_batch.settings.model import Settings


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

        if path != "-":
            check_target(path, run.sheet_path, force=force)
        try:
            if path == "-":
                fill(sys.stdout.buffer)
                sys.stdout.buffer.flush()
            else:
                write_whole(Path(path), fill, replace=force)
        except OSError as error:
            place = "Standard output" if path == "-" else path
            said = error.strerror or error
            raise NotWritten(f"{place} could not be written: {said}.", step(NextStep.CHOOSE_OUTPUT)) from error
    return lines
