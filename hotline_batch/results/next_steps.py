"""A summary -> what to do next, each step with a command ready to paste."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from hotline_batch.model import Run, RunSummary, Status
from hotline_batch.run_options import RunOptions

MOST_ROWS_NAMED = 200
"""Row numbers that are kept for the command that plans the invalid rows once more."""


def next_steps(summary: RunSummary, flags: str = "", beside: Callable[[str], str] = str) -> tuple[str, ...]:
    """The steps; empty if nothing is left to do.

    ``flags`` are options that every command needs here, such as `` --ledger URL``; ``beside`` tells a path as it is
    seen from here.
    """
    counts = summary.counts
    to_resend = summary.codes.get("resend_asked", 0)
    steps = []
    if counts.get(Status.NOT_ATTEMPTED) or to_resend:
        steps.append(f"Go on with the rest: hotline-batch resume {summary.run}{flags}")
    if counts.get(Status.UNKNOWN, 0) > to_resend:
        steps.append(
            "Look into the topics, then settle the unknown rows: "
            f"hotline-batch resolve {summary.run} --rows N --delivered{flags} (or --not-delivered, or --resend)"
        )
    if counts.get(Status.FAILED):
        steps.append(f"Mend what was refused, then try the failed rows again: hotline-batch retry {summary.run}{flags}")
    if summary.codes.get("possibly_sent"):
        steps.append(
            "Rows that an earlier run may have sent were left out: settle them there with 'hotline-batch resolve' (the "
            "column hotline_error names the run), then send this sheet again."
        )
    if counts.get(Status.INVALID) and summary.again:
        named = shlex.join(beside(word) if Path(word).is_absolute() else word for word in summary.again)
        verb = summary.again[1]
        steps.append(f"Mend the invalid rows in the sheet, then {verb} them: {named}{flags}")
    elif counts.get(Status.INVALID):
        steps.append("Mend the invalid rows in the sheet, then give the program those rows alone.")
    return tuple(steps)


def command_for_rows(run: Run, rows: Sequence[int], *, are_all: bool) -> tuple[str, ...]:
    """The command that plans these rows of the sheet once more; without their numbers where ``rows`` are not all."""
    is_file = run.sheet_path != "-" and run.dialect.format != "frame"
    if not rows or not is_file or run.notes.pruned_at is not None:
        return ()
    output = Path(run.output_path)
    other = "-" if run.output_path in {"", "-"} else str(output.with_name(f"{output.stem}.mended{output.suffix}"))
    named = ("--rows", _ranges(rows)) if are_all else ()
    return ("hotline-batch", run.kind.value, run.sheet_path, *named, *_read_the_same_way(run.options), "-o", other)


def _read_the_same_way(options: RunOptions) -> Iterator[str]:
    """The options with which a sheet is read, and its messages are made, as before."""
    reading = options.reading
    yield from (f"--map={field}={column}" for field, column in options.column_map.items())
    named: Mapping[str, object] = {
        "--worksheet": reading.worksheet,
        "--delimiter": reading.delimiter,
        "--encoding": reading.encoding,
        "--header-row": reading.header_row,
        "--hidden-rows": options.selection.hidden_rows,
        "--message": options.message,
        "--template": options.template,
        "--connection": options.connection,
        "--rate": options.limits.rate,
    }
    for name, value in named.items():
        if value is not None:
            yield from (name, str(value))
    if options.sandbox:
        yield "--sandbox"


def _ranges(rows: Sequence[int]) -> str:
    """4, 5, 6, 9 -> ``4-6,9``."""
    ranges: list[list[int]] = []
    for row in rows:
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)
