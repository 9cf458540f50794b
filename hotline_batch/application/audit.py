"""A run's audit trail -> a file of JSON lines, whole or not at all."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import BinaryIO

from hotline_batch.errors import NotWritten
from hotline_batch.ledger.attempts import audit_trail
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model import Run
from hotline_batch.results.atomic import write_whole
from hotline_batch.results.write import check_target


def write_audit(ledger: Ledger, run: Run, path: str, *, replace: bool) -> int:
    """Write every attempt and resolution of a run; ``-`` is standard output. The number of lines.

    Raises OutputError where the file exists already or cannot be written.
    """
    lines = 0

    def fill(stream: BinaryIO) -> None:
        nonlocal lines
        for entry in audit_trail(ledger, run):
            stream.write(json.dumps(entry, ensure_ascii=False).encode("utf-8") + b"\n")
            lines += 1

    if path != "-":
        check_target(path, run.sheet_path, force=replace)
    try:
        if path == "-":
            fill(sys.stdout.buffer)
            sys.stdout.buffer.flush()
        else:
            write_whole(Path(path), fill, replace=replace)
    except OSError as error:
        place = "Standard output" if path == "-" else path
        raise NotWritten(f"{place} could not be written: {error.strerror or error}. Choose another -o FILE.") from error
    return lines
