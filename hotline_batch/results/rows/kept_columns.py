"""The columns that a person asked for, or asked to leave out -> which of them a result has.

What is left out stands in none of the worksheets: not in Results, Problems or Changes. The ledger keeps it until the
run is pruned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from difflib import get_close_matches

from hotline_batch.errors import SheetError
from hotline_batch.language.words import words
from hotline_batch.model.sheets import OWN_PREFIX
from hotline_batch.run_options import ResultColumns

PERSONAL_DATA = "personal_data"
"""Stands for the fields of a reply that name a person or a way to reach one."""

PERSONAL_FIELDS = ("user_name", "user_first_name", "user_last_name", "user_username", "user_phone", "topic_title")
"""``topic_title`` among them: the title of a dialog is the customer's name."""

_ALWAYS_KEPT = frozenset({"row", "status"})


@dataclass(frozen=True, slots=True)
class KeptColumns:
    """Which columns a result sheet has; names count with and without ``hotline_``, in upper and lower case alike.

    ``only`` None: all that are not in ``left_out``. ``hotline_row`` and ``hotline_status`` are always there.
    """

    only: frozenset[str] | None
    left_out: frozenset[str]

    @classmethod
    def of(cls, chosen: ResultColumns) -> KeptColumns | None:
        """As the options of a run say; None where they say nothing."""
        only, left_out = _names(chosen.columns), _names(chosen.leave_out)
        return cls(only or None, left_out) if only or left_out else None

    def keeps_input(self, name: str) -> bool:
        """Whether an input column comes back."""
        lowered = name.strip().lower()
        return self._keeps({lowered, lowered.removeprefix(OWN_PREFIX)}, self.only, self.left_out)

    def keeps_own(self, column: str) -> bool:
        """Whether a column of ours, or a field of a reply, is shown."""
        name = column.lower().removeprefix(OWN_PREFIX)
        only = None if self.only is None else _without_prefix(self.only)
        return name in _ALWAYS_KEPT or self._keeps({name}, only, _without_prefix(self.left_out))

    @staticmethod
    def _keeps(names: Set[str], only: Set[str] | None, left_out: Set[str]) -> bool:
        return not names & left_out and (only is None or bool(names & only))


def refuse_unknown_columns(chosen: ResultColumns, known: Sequence[str]) -> None:
    """SheetError where a name is that of no column: a misspelt one would leave nothing out.

    A field that the service may answer with one day can be named with its ``hotline_``.
    """
    unknown = next((name for name in _unknown(chosen, known) if not name.startswith(OWN_PREFIX)), None)
    if unknown is not None:
        raise SheetError(
            words(
                "There is no column '{unknown}' to show or to leave out.{guess} A field that the service may add "
                "one day is named {own_prefix}{unknown}. Nothing was done.",
                unknown=unknown,
                guess=_guess(unknown, known),
                own_prefix=OWN_PREFIX,
            )
        )


def misspelt_columns(chosen: ResultColumns, known: Sequence[str]) -> tuple[str, ...]:
    """Warnings about names that are those of no column: ours that do not exist yet, and slips in settings."""
    guesses = ((name, _guess(name, known)) for name in _unknown(chosen, known))
    return tuple(
        words("There is no column '{name}'.{guess}", name=name, guess=guess)
        for name, guess in guesses
        if guess or name.startswith(OWN_PREFIX)
    )


def _unknown(chosen: ResultColumns, known: Iterable[str]) -> Iterator[str]:
    kept = KeptColumns.of(chosen)
    if kept is not None:
        names = {name.strip().lower().removeprefix(OWN_PREFIX) for name in known}
        asked = sorted((kept.only or frozenset()) | kept.left_out)
        yield from (name for name in asked if name.removeprefix(OWN_PREFIX) not in names)


def _guess(name: str, known: Sequence[str]) -> str:
    """A sentence with the known name that was probably meant, as it is written there; empty if none is near."""
    spelt = {column.strip().lower().removeprefix(OWN_PREFIX): column.strip() for column in (*known, PERSONAL_DATA)}
    match = get_close_matches(name.removeprefix(OWN_PREFIX), spelt, n=1, cutoff=0.7)
    return words(" Did you mean '{name}'?", name=spelt[match[0]]) if match else ""


def _without_prefix(names: Iterable[str]) -> Set[str]:
    return {name.removeprefix(OWN_PREFIX) for name in names}


def _names(chosen: Iterable[str]) -> frozenset[str]:
    names = {name for text in chosen if (name := text.strip().lower())}
    if PERSONAL_DATA in names:
        names = (names - {PERSONAL_DATA}) | set(PERSONAL_FIELDS)
    return frozenset(names)
