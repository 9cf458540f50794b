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
from hotline_batch.language.words import words
from hotline_batch.tally import row_numbers

_ROWS_SHOWN = 10


def write(run_id: str, options: Mapping[str, Any]) -> int:
    """Write the file; the exit code."""
    output = options["output"]
    if output is None:
        raise click.UsageError(words("Say where to write: -o FILE, or -o - for standard output."))
    settings = values.settings_to_tell_with(options)
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
    settings = values.settings_to_tell_with(options)
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
            words(
                "Run {run}: all {entries:,} entries are as they were written. Digest of the last: {last_digest}",
                run=found.run,
                entries=found.entries,
                last_digest=found.last_digest or words("none"),
            )
        )
    if found.first_wrong is not None:
        yield (
            words(
                "Run {run}: entry {first_wrong:,} of {entries:,} is not as it was written, or is "
                "missing. What stands before it is as it was.",
                run=found.run,
                first_wrong=found.first_wrong,
                entries=found.entries,
            )
        )
    if found.wrong_rows:
        rows = row_numbers(found.wrong_rows[:_ROWS_SHOWN], len(found.wrong_rows))
        yield words(
            "The ledger tells something else of these rows than was written down when it happened: {rows}.", rows=rows
        )
    if found.is_pruned:
        yield words(
            "Its users, messages and notes were forgotten, so nothing can be said about them; the rest was compared."
        )


def _file_lines(file: str, found: CheckedFile) -> Iterator[str]:
    if found.first_wrong is not None:
        yield (
            words(
                "{file}: line {first_wrong:,} is not as it was written, or is missing. What stands "
                "before it is as it was.",
                file=file,
                first_wrong=found.first_wrong,
            )
        )
    if found.differs_at is not None:
        yield words(
            "{file}: line {differs_at:,} is not what the ledger has of run {run}.",
            file=file,
            differs_at=found.differs_at,
            run=found.run,
        )
    if found.is_well:
        digest = found.last_digest or words("none")
        if found.is_in_ledger:
            yield words(
                "{file}: all {lines:,} lines are as they were written, and as the ledger has them of run {run}. Digest "
                "of the last: {digest}",
                file=file,
                lines=found.lines,
                run=found.run,
                digest=digest,
            )
        elif found.run:
            yield words(
                "{file}: all {lines:,} lines are as they were written, but this ledger does not have run {run}, so "
                "they were not compared with it. Digest of the last: {digest}",
                file=file,
                lines=found.lines,
                run=found.run,
                digest=digest,
            )
        else:
            yield words(
                "{file}: all {lines:,} lines are as they were written, but this ledger does not have the "
                "run they tell of, so they were not compared with it. Digest of the last: {digest}",
                file=file,
                lines=found.lines,
                digest=digest,
            )
    if found.later:
        yield words("The ledger has {later:,} more, which came after the file was written.", later=found.later)


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
