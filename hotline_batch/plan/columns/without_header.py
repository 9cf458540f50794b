"""Rows of a sheet without a header -> which column holds what, by the look of its cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from hotline_batch.model.jobs import Kind
from hotline_batch.model.sheets import Row
from hotline_batch.plan.columns.missing import looks_like_id
from hotline_batch.plan.columns.recognition import ColumnQuestion
from hotline_batch.plan.ids.topic_links import Topic, read_topic_link

_ENOUGH = 0.6
"""Share of a column's cells that must look the part: a list may have flaws and still be a list of ids."""


def columns_by_content(
    header: Sequence[str], rows: Sequence[Row], kind: Kind, chosen: Mapping[str, str], *, message_from_template: bool
) -> dict[str, str]:
    """Field -> column for the fields that nobody chose and that exactly one column looks like.

    Raises ColumnQuestion where several columns look like one field.
    """
    guess = _Guess(header, rows, chosen)
    if kind is Kind.ENRICH:
        guess.assign("topic_link", _is_link)
    else:
        guess.assign("user_id", looks_like_id)
        if "user_id" not in guess.found:
            guess.assign("topic_link", _is_link)
        if not message_from_template:
            guess.assign("message", _is_text)
    return guess.found


def purpose_by_content(
    header: Sequence[str], rows: Sequence[Row], chosen: Mapping[str, str], *, has_template: bool
) -> Kind:
    """Look-ups, if there are links of topics and no user ids, and neither a person nor a lone column of texts says that
    there are messages; else messages to users. ``chosen`` is field -> column as a person said.
    """
    guess = _Guess(header, rows, chosen)
    if "message" in chosen or "user_id" in chosen or guess.fitting(looks_like_id):
        return Kind.SEND
    links = guess.fitting(_is_link)
    is_about_topics = bool(links) or "topic_link" in chosen
    texts = set(guess.fitting(_is_text)) - set(links)
    return Kind.ENRICH if is_about_topics and (has_template or len(texts) != 1) else Kind.SEND


class _Guess:
    def __init__(self, header: Sequence[str], rows: Sequence[Row], chosen: Mapping[str, str]) -> None:
        self._header = header
        self._rows = rows
        self._chosen = chosen
        self.found: dict[str, str] = dict(chosen)

    def assign(self, field: str, fits: Callable[[str], bool]) -> None:
        if field in self._chosen:
            return
        fitting = self.fitting(fits)
        if len(fitting) > 1:
            raise ColumnQuestion(field, self._header, fitting)
        if fitting:
            self.found[field] = self._header[fitting[0]]

    def fitting(self, fits: Callable[[str], bool]) -> Sequence[int]:
        """The columns that look so, among those that are free."""
        free = [index for index, name in enumerate(self._header) if name not in self.found.values()]
        return [index for index in free if self._share(index, fits) >= _ENOUGH]

    def _share(self, index: int, fits: Callable[[str], bool]) -> float:
        cells = [row.cells[index] for row in self._rows if index < len(row.cells) and row.cells[index].strip()]
        return sum(map(fits, cells)) / len(cells) if cells else 0.0


def _is_link(cell: str) -> bool:
    return isinstance(read_topic_link(cell), Topic) or "t.me/" in cell.casefold()


def _is_text(_cell: str) -> bool:
    return True
