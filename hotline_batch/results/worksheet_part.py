"""The file of a worksheet of texts: openpyxl writes what stands around the rows, the rows are written as text.

openpyxl makes a tree of every cell and serialises it in Python, which took two thirds of the time of a result sheet.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from xml.sax.saxutils import escape

from openpyxl.packaging.relationship import Relationship, RelationshipList
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.xml.constants import REL_NS, SHEET_MAIN_NS
from openpyxl.xml.functions import tostring

from hotline_batch.results.cell_safety import LONGEST_CELL, workbook_text

_BUFFER_BYTES = 1 << 16
_KEEP_BLANKS = ' xml:space="preserve"'


class Link(NamedTuple):
    """A cell that opens an address when it is clicked. The address needs no escaping."""

    cell: str
    target: str


class WorksheetPart(WorksheetWriter):
    """One worksheet as a stream of rows (ECMA-376 part 1, 18.3.1.99), in a file that openpyxl takes into the workbook.

    OSError from any call where the disk is full.
    """

    out: str
    _rels: RelationshipList
    _file: BinaryIO

    def __init__(self, sheet: WriteOnlyWorksheet, links: Iterable[Link]) -> None:
        """Begin with what stands before the rows. ``links`` are read when the rows are over."""
        super().__init__(sheet)
        self._links = links
        self.text_area = ""
        self.write_top()
        self._file.write(b"<sheetData>")

    def append_row(self, number: int, cells: Iterable[str], height: int = 0) -> None:
        """Write one row of cells, ``height`` points high; by its font if that is 0."""
        high = f' ht="{height}" customHeight="1"' if height else ""
        self._file.write(f'<row r="{number}"{high}>{"".join(cells)}</row>'.encode())

    def write_rows(self) -> None:
        """End the rows; openpyxl calls this when the worksheet is closed, and goes on with what stands after them."""
        self._file.write(b"</sheetData>")

    def write_hyperlinks(self) -> None:
        """Write where cells lead; openpyxl calls this at the place that the standard names."""
        make: Any = Relationship  # the stubs want the number that appending gives it
        elements = []
        for cell, target in self._links:
            relation = make(type="hyperlink", TargetMode="External", Target=target)
            self._rels.append(relation)
            elements.append(f'<hyperlink ref="{cell}" r:id="{relation.id}"/>')
        if elements:
            self._file.write(f"<hyperlinks>{''.join(elements)}</hyperlinks>".encode())

    def write_drawings(self) -> None:
        """Say that numbers may be texts here, before openpyxl writes drawings: else each id gets a green triangle."""
        if self.text_area:
            ignored = f'<ignoredError sqref="{self.text_area}" numberStoredAsText="1"/>'
            self._file.write(f"<ignoredErrors>{ignored}</ignoredErrors>".encode())
        super().write_drawings()

    def get_stream(self) -> Generator[None, Any, None]:
        """Take the elements around the rows, as openpyxl sends them, and write them down."""
        with Path(self.out).open("wb", _BUFFER_BYTES) as self._file:
            self._file.write(f'<worksheet xmlns="{SHEET_MAIN_NS}" xmlns:r="{REL_NS}">'.encode())
            with suppress(GeneratorExit):
                while True:
                    element = yield
                    if element is not None:
                        self._file.write(tostring(element))
            self._file.write(b"</worksheet>")


def text_cell(column: str, row: int, style: int, text: str) -> str:
    """The XML of a cell that holds its text itself (ECMA-376 part 1, 18.3.1.4); nothing if it can hold none of it."""
    blanks = ""
    if not _is_plain(text):
        text = workbook_text(text)
        if not text:
            return ""
        blanks = _KEEP_BLANKS if text != text.strip() else ""
        text = escape(text)
    return f'<c r="{column}{row}" s="{style}" t="inlineStr"><is><t{blanks}>{text}</t></is></c>'


def _is_plain(text: str) -> bool:
    """Whether a text that is not empty stands in XML as it is, and means itself; most do by far."""
    return (
        text.isprintable()
        and "&" not in text
        and "<" not in text
        and ">" not in text
        and "_x" not in text
        and text[0] != " "
        and text[-1] != " "
        and len(text) <= LONGEST_CELL
    )
