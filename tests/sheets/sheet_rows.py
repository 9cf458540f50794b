"""Rows as the tests of this room look at them."""

from __future__ import annotations

from collections.abc import Iterable

from hotline_batch.model.sheets import Row


def without_number_remarks(rows: Iterable[Row]) -> list[Row]:
    """The rows without the word that a column has numbers in it, which the first number cell of each column bears.

    And without what each cell is beyond its text.
    """
    return [
        row._replace(remarks=tuple(remark for remark in row.remarks if remark.code != "number"), typed=())
        for row in rows
    ]
