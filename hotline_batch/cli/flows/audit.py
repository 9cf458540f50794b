"""What `audit` does: write what was tried and said in a run, or look whether that is as it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from hotline_batch.application.exports.audit import (
    CheckedFile,
    RunAuditCheck,
    verify_audit_file,
    verify_run_audit,
    write_audit,
)
from hotline_batch.cli.options import values
from hotline_batch.cli.screen.console import Console, json_text, shown
from hotline_batch.cli.screen.wording import row_numbers
from hotline_batch.language.words import words

_ROWS_SHOWN = 10


def write(run_id: str, options: Mapping[str, Any]) -> int:
    """Write the file; the exit code."""
    output = options["output"]
    if output is None:
        raise click.UsageError(words("Say where to write: -o FILE, or -o - for standard output."))
    settings = values.settings_to_tell_with(options["config"], options["ledger"])
    lines = write_audit(settings, run_id, output, force=options["force"])
    if output != "-":
        Console().result(words("{lines:,} lines: {output}", lines=lines, output=output))
    return 0


def verify(run_id: str | None, file: str | None, options: Mapping[str, Any]) -> int:
    """Say whether a run's audit, or a file of it, is as it was written; the exit code."""
    if options["output"] is not None:
        raise click.UsageError(words("--verify looks at a FILE that is there: name it without -o."))
    if run_id is None:
        raise click.UsageError(words("Say which RUN, or which FILE, is to be looked at."))
    settings = values.settings_to_tell_with(options["config"], options["ledger"])
    if file is None and Path(run_id).is_file():
        run_id, file = "", run_id
    if file is None:
        found = verify_run_audit(settings, run_id)
        return _tell(_run_as_json(found), _run_lines(found), options, is_well=found.is_well)
    checked = verify_audit_file(settings, file, run_id)
    return _tell(_file_as_json(file, checked), _file_lines(file, checked), options, is_well=checked.is_well)


def _tell(told: Mapping[str, object], lines: Iterator[str], options: Mapping[str, Any], *, is_well: bool) -> int:
    if options["as_json"]:
        click.echo(json_text(told))
    else:
        for line in lines:
            click.echo(shown(line))
    return 0 if is_well else 1


def _run_lines(found: RunAuditCheck) -> Iterator[str]:
    if found.is_well:
        yield (
            f"Run {found.run}: all {found.entries:,} entries are as they were written. "
            f"Digest of the last: {found.last_digest or 'none'}"
        )
    if found.first_wrong is not None:
        yield (
            f"Run {found.run}: entry {found.first_wrong:,} of {found.entries:,} is not as it was written, or is "
            "missing. What stands before it is as it was."
        )
    if found.wrong_rows:
        rows = row_numbers(found.wrong_rows[:_ROWS_SHOWN], len(found.wrong_rows))
        yield f"The ledger tells something else of these rows than was written down when it happened: {rows}."
    if found.is_pruned:
        yield "Its users, messages and notes were forgotten, so nothing can be said about them; the rest was compared."


def _file_lines(file: str, found: CheckedFile) -> Iterator[str]:
    if found.first_wrong is not None:
        yield (
            f"{file}: line {found.first_wrong:,} is not as it was written, or is missing. What stands before it is as "
            "it was."
        )
    if found.differs_at is not None:
        yield f"{file}: line {found.differs_at:,} is not what the ledger has of run {found.run}."
    if found.is_well:
        beside = (
            f"and as the ledger has them of run {found.run}"
            if found.is_in_ledger
            else f"but this ledger does not have run {found.run or 'they tell of'}, so they were not compared with it"
        )
        yield (
            f"{file}: all {found.lines:,} lines are as they were written, {beside}. "
            f"Digest of the last: {found.last_digest or 'none'}"
        )
    if found.later:
        yield f"The ledger has {found.later:,} more, which came after the file was written."


def _run_as_json(found: RunAuditCheck) -> dict[str, object]:
    return {
        "run": found.run,
        "entries": found.entries,
        "first_wrong": found.first_wrong,
        "wrong_rows": list(found.wrong_rows),
        "last_digest": found.last_digest,
        "pruned": found.is_pruned,
    }


def _file_as_json(file: str, found: CheckedFile) -> dict[str, object]:
    return {
        "file": file,
        "run": found.run,
        "lines": found.lines,
        "first_wrong": found.first_wrong,
        "last_digest": found.last_digest,
        "in_ledger": found.is_in_ledger,
        "differs_at": found.differs_at,
        "later": found.later,
    }
