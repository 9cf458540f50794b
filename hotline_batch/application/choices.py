"""What a person chose for a batch -> values; None where the settings or the defaults decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from hotline_batch.model import Kind


@dataclass(frozen=True, slots=True)
class DriveChoices:
    """How a run is driven; the same for a new run and for one that goes on.

    ``rate`` such as ``18/min``; ``timeout`` in seconds; ``max_errors`` such as ``10`` or ``5%``; ``duplicate_window``
    such as ``24h``, ``0`` switches it off.
    """

    rate: str | None = None
    concurrency: int | None = None
    timeout: float | None = None
    attempts: int | None = None
    max_errors: str | None = None
    duplicate_window: str | None = None


@dataclass(frozen=True, slots=True)
class BatchChoices:
    """One sheet, what to do with each of its rows, and where the result goes.

    ``sheet`` ``-`` is CSV on standard input, ``output`` ``-`` CSV on standard output; ``column_map`` maps fields to
    header texts; ``template`` is a name or a path, ``message`` the text of a template itself; ``hidden_rows`` is
    ``skip`` or ``include``. ``max_age`` such as ``1d``: answers of earlier look-ups that are younger are used again;
    ``remember``: mappings of columns that a person confirmed are kept, and used for sheets with the same header;
    ``only`` ``changed``: the result sheet holds the rows with a change alone.

    ``asks``: a person is asked before anything is sent, so that the run is none to go on with before that.

    ``columns`` and ``leave_out`` say which columns the result sheet has, as a list or divided by commas.
    """

    kind: Kind
    sheet: str
    output: str | None = None
    force: bool = False
    worksheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    header_row: int | None = None
    column_map: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    message: str | None = None
    template: str | None = None
    rows: str | None = None
    limit: int | None = None
    where: Sequence[str] = ()
    hidden_rows: str | None = None
    connection: str | None = None
    sandbox: bool = False
    remember: bool = False
    asks: bool = False
    max_age: str | None = None
    only: str | None = None
    columns: str | Sequence[str] | None = None
    leave_out: str | Sequence[str] | None = None
    drive: DriveChoices = field(default_factory=DriveChoices)

    def to_read_the_same_again(self) -> list[str]:
        """The options of the command line with which the sheet is read, and its messages made, as now."""
        words = [f"--map={field}={column}" for field, column in self.column_map.items()]
        named = {
            **{name: getattr(self, name) for name in ("worksheet", "delimiter", "encoding", "header_row")},
            **{name: getattr(self, name) for name in ("hidden_rows", "message", "template", "connection")},
            "rate": self.drive.rate,
        }
        for name, value in named.items():
            if value is not None:
                words += [f"--{name.replace('_', '-')}", str(value)]
        return [*words, *(["--sandbox"] if self.sandbox else [])]


def drive_choices_from(options: Mapping[str, object], taker: str) -> DriveChoices:
    """Options by name -> choices; TypeError that names what is known for one that is not. ``taker`` took them."""
    known = DriveChoices.__dataclass_fields__
    for name in options:
        if name not in known:
            raise TypeError(f"{taker}() knows no option '{name}'. It knows, besides its own: {', '.join(known)}.")
    return DriveChoices(**options)  # type: ignore[arg-type]  # checked where each is used
