"""What a person chose for a run: from the command line, the page or a caller, through the ledger, to the worker.

None, or nothing, leaves a choice to the settings or to the defaults. The names of the fields, whatever group they stand
in, are those of the options of the command line and of the Python functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from hotline_batch.option_values import value_for


@dataclass(frozen=True, slots=True)
class Reading:
    """How the file is read. ``header_row`` counts from 1; 0: there is none, the columns are column_1, column_2, …"""

    worksheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    header_row: int | None = None

    def over(self, before: Reading) -> Reading:
        """This, and where nothing is said here, what was said before."""
        return Reading(**_said_over(self, before))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows take part. ``rows`` such as ``2-50,77``; ``hidden_rows`` is ``skip`` or ``include``."""

    rows: str | None = None
    limit: int | None = None
    where: tuple[str, ...] = ()
    hidden_rows: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How a run is driven; the same for a new run and for one that goes on.

    ``rate`` such as ``18/min``; ``timeout`` in seconds; ``max_errors`` such as ``10`` or ``5%``; ``duplicate_window``
    such as ``24h``, ``0`` switches it off. ``at`` such as ``09:00``, the next such time, or ``2026-11-27 09:00``:
    nothing leaves before; ``between`` such as ``09:00-18:00``, ``days`` such as ``mon-fri`` and ``holidays`` such as
    ``DE-BY``: nor outside of these hours, by the clock of the settings' zone.
    """

    rate: str | None = None
    concurrency: int | None = None
    timeout: float | None = None
    attempts: int | None = None
    max_errors: str | None = None
    duplicate_window: str | None = None
    at: str | None = None
    between: str | None = None
    days: str | None = None
    holidays: str | None = None

    def over(self, planned: Limits) -> Limits:
        """These, and where nothing is said here, those of the plan."""
        return Limits(**_said_over(self, planned))


@dataclass(frozen=True, slots=True)
class ResultColumns:
    """What the result sheet shows. ``only`` ``changed``: the rows with a change alone; names of columns otherwise."""

    only: str | None = None
    columns: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Everything that was chosen for a run besides its sheet and the place of its result. Holds no secret.

    ``column_map`` maps fields to header texts; ``template`` is a name or a path, ``message`` the text of a template
    itself; ``dates`` and ``numbers`` are how those of a workbook are written where a template makes the message, such
    as ``DD.MM.YYYY`` and ``1.234,50``; ``max_age`` such as ``1d``: answers of earlier look-ups that are younger are
    used again; ``sandbox``: a pretend service of the run's own, and ``mishaps`` are the names of those that requests
    meet there; ``name_column`` is the column with the people's names, where it is not recognised.
    """

    reading: Reading = field(default_factory=Reading)
    column_map: Mapping[str, str] = field(default_factory=dict)
    selection: Selection = field(default_factory=Selection)
    message: str | None = None
    template: str | None = None
    dates: str | None = None
    numbers: str | None = None
    connection: str | None = None
    sandbox: bool = False
    mishaps: tuple[str, ...] = ()
    max_age: str | None = None
    limits: Limits = field(default_factory=Limits)
    results: ResultColumns = field(default_factory=ResultColumns)
    name_column: str | None = None


_GROUPS = {"reading": Reading, "selection": Selection, "limits": Limits, "results": ResultColumns}
_OF_THE_RUN = frozenset({each.name for each in fields(RunOptions)} - set(_GROUPS))
_NAMES_OF_COLUMNS = frozenset({"columns", "leave_out"})


def option_names(group: type | None = None) -> Iterator[str]:
    """The names of all options, or of those of one group."""
    if group is None:
        yield from sorted(_OF_THE_RUN)
    for each in (group,) if group else _GROUPS.values():
        yield from (found.name for found in fields(each))


def options_named(named: Mapping[str, Any], taker: str = "options") -> RunOptions:
    """Options by their plain names -> typed. TypeError that names what is known for one that is not, SettingsError for
    a value that cannot be meant.

    ``taker`` is the function that took them.
    """
    known = set(option_names())
    for name in named:
        if name not in known:
            raise TypeError(
                f"{taker}() knows no option '{name}'. It knows, besides its own: {', '.join(sorted(known))}."
            )
    groups = {name: _group(group, named) for name, group in _GROUPS.items()}
    return RunOptions(**groups, **_values(RunOptions, {name: named[name] for name in _OF_THE_RUN if name in named}))


def limits_named(named: Mapping[str, Any], taker: str) -> Limits:
    """The same for limits alone."""
    known = list(option_names(Limits))
    for name in named:
        if name not in known:
            raise TypeError(f"{taker}() knows no option '{name}'. It knows, besides its own: {', '.join(known)}.")
    return Limits(**_values(Limits, named))


def names_of_columns(chosen: str | Sequence[str] | None) -> tuple[str, ...]:
    """Names of columns from ``a, b`` or from a list of them."""
    texts = chosen.split(",") if isinstance(chosen, str) else chosen or ()
    return tuple(name for text in texts if (name := str(text).strip()))


def _said_over(said: Reading | Limits, before: Reading | Limits) -> dict[str, Any]:
    names = [each.name for each in fields(said)]
    return {name: getattr(before if getattr(said, name) is None else said, name) for name in names}


def _group(group: type, named: Mapping[str, Any]) -> Any:
    return group(**_values(group, {name: named[name] for name in option_names(group) if name in named}))


def _values(group: type[Any], named: Mapping[str, object]) -> dict[str, Any]:
    """The values of one group's options, each of the kind that its field has."""
    kinds = {each.name: str(each.type) for each in fields(group)}
    values = {name: value_for(name, kinds[name], given) for name, given in named.items()}
    for name in _NAMES_OF_COLUMNS & values.keys():
        given = named[name]
        values[name] = names_of_columns(given if isinstance(given, str) else values[name])  # type: ignore[arg-type]  # of texts
    return values
