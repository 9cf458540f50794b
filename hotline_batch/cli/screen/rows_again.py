"""Rows that are to be planned once more -> the command that does so, ready to paste."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.model.progress import RowsAgain
from hotline_batch.run_options import RunOptions


def command_for_rows(kind: Kind, again: RowsAgain, beside: Callable[[str], str] = str) -> str:
    """The command, which writes its result elsewhere; ``beside`` tells a path as it is seen from here."""
    output = Path(again.output)
    other = "-" if again.output in {"", "-"} else str(output.with_name(f"{output.stem}.mended{output.suffix}"))
    named = ("--rows", again.rows) if again.rows else ()
    words = ("hotline-batch", kind.value, again.sheet, *named, *_read_the_same_way(again.options), "-o", other)
    return shlex.join(beside(word) if Path(word).is_absolute() else word for word in words)


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
        "--between": options.limits.between,
        "--days": options.limits.days,
        "--holidays": options.limits.holidays,
    }
    for name, value in named.items():
        if value is not None:
            yield from (name, str(value))
    if options.sandbox:
        yield words("--sandbox")
