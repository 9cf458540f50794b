"""The cells of a row -> whom it is about, as a person would call them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from hotline_batch.errors import SheetError
from hotline_batch.language.words import words
from hotline_batch.model.runs import Run
from hotline_batch.model.sheets import header_form, without_own
from hotline_batch.results.cell_safety import one_line
from hotline_batch.results.formatting import field_text
from hotline_batch.results.rows.kept_columns import KeptColumns
from hotline_batch.results.rows.result_row import ResultRow

_LONGEST_NAME = 80

# Letters and digits only, in lower case; English, German, Russian, Spanish.
_WHOLE_NAMES = """
    name fullname customername clientname contactname username customer client contact company
    vollername kundenname nutzername kunde kundin ansprechpartner firma
    имя фио полноеимя имяклиента клиент имяпользователя контакт компания
    nombre nombrecompleto nombredelcliente cliente contacto empresa
"""
_FIRST_NAMES = "firstname givenname forename vorname имя nombre"
_LAST_NAMES = "lastname surname familyname nachname familienname фамилия apellido apellidos"


@dataclass(frozen=True, slots=True)
class RowNames:
    """Finds the name in the rows of one run; columns that the run's results leave out are not looked at."""

    name_places: tuple[int, ...]
    id_place: int | None
    shows_titles: bool

    @classmethod
    def of(cls, run: Run, chosen: str | None = None) -> RowNames:
        """As a person said, else as the header of the sheet tells: the first column for whole names, or those for first
        and last names.

        ``chosen`` is the column that a person names now, whatever was said when the run was planned. Raises SheetError
        where the sheet has no such column.
        """
        kept = KeptColumns.of(run.options.results)
        header = [
            header_form(name) if kept is None or kept.keeps_input(name) else "" for name in without_own(run.header)
        ]
        first, last = _place(header, _FIRST_NAMES), _place(header, _LAST_NAMES)
        whole = _place(header, _WHOLE_NAMES)
        id_column = run.columns.get("user_id")
        is_id_kept = id_column in run.header and (kept is None or kept.keeps_input(str(id_column)))
        if chosen is not None:
            whole, first = place_of_names(chosen, run.header), None
        elif (said := _said_place(run, kept)) is not None:
            whole, first = said, None
        return cls(
            (first, last) if first is not None and last is not None else () if whole is None else (whole,),
            run.header.index(str(id_column)) if is_id_kept else None,
            kept is None or kept.keeps_own("topic_title"),
        )

    def name(self, row: ResultRow) -> str:
        """The name; the title of the topic where the sheet has none, empty where nobody knows."""
        title = field_text(row.reply.get("topic_title")) if self.shows_titles else ""
        return self.name_in(row.cells) or one_line(title, _LONGEST_NAME)

    def name_in(self, cells: Sequence[str]) -> str:
        """The name as the sheet has it; empty where it has none."""
        found = (cells[place].strip() for place in self.name_places if place < len(cells))
        return one_line(" ".join(cell for cell in found if cell), _LONGEST_NAME)

    def user_id(self, row: ResultRow) -> str:
        """What the sheet has as the user's id; empty where it has none."""
        place = self.id_place
        return "" if place is None or place >= len(row.cells) else one_line(row.cells[place], _LONGEST_NAME)


def _place(header: Sequence[str], names: str) -> int | None:
    known = names.split()
    return next((at for at, name in enumerate(header) if name in known), None)


def _said_place(run: Run, kept: KeptColumns | None) -> int | None:
    """The column that was named when the run was planned; the header is gone with the cells of a run."""
    name = run.options.name_column
    if name is None or not run.header or (kept is not None and not kept.keeps_input(name)):
        return None
    return place_of_names(name, run.header)


def place_of_names(chosen: str, header: Sequence[str]) -> int:
    """Where the column with the people's names stands that a person named. SheetError where there is none."""
    names = [name.strip().lower() for name in header]
    wanted = chosen.strip().lower()
    if wanted in names:
        return names.index(wanted)
    near = get_close_matches(wanted, names, n=1, cutoff=0.7)
    guess = words(" Did you mean '{name}'?", name=header[names.index(near[0])].strip()) if near else ""
    raise SheetError(words("The sheet has no column '{chosen}' with names.{guess}", chosen=chosen, guess=guess))
