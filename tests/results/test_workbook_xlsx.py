"""What XlsxWriter is asked for beyond its public interface; another version may answer otherwise."""

from __future__ import annotations

import gc
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from hotline_batch.model.sheets import CellKind, TypedCell
from hotline_batch.results.workbook import xlsx
from hotline_batch.results.workbook.table import LONGEST_TARGET, target_of, write_given_cell
from hotline_batch.results.workbook.xlsx import new_workbook

ADDRESSES = (
    "https://example.org/a?b=1&c=2#part",
    "https://example.org/100%25/ä",
    "mailto:anna@example.org?subject=Hello",
    "tel:+4915112345678",
    "tg://resolve?domain=hotline",
    "file:///home/anna/bill.pdf",
    "internal:Results!A1",
    "external:other.xlsx",
)


def written(*lines: tuple[TypedCell | None, str]) -> Any:
    """The cells of a column, as another library reads them."""
    file = BytesIO()
    with new_workbook(file) as book:
        sheet, plain = book.worksheet("Results"), book.text_style()
        for row, (cell, text) in enumerate(lines):
            if cell is None:
                sheet.write_text(row, 0, text, plain)
            else:
                write_given_cell(book, sheet, row, 0, cell, text, plain)
    return [cell for (cell,) in openpyxl.load_workbook(file)["Results"].iter_rows(max_col=1)]


@pytest.mark.parametrize("text", ["_x000D_", "_x000D_x000D_", "<r>bold</r>", "<r><t>a & b</t></r>", "=1+1", " a\nb "])
def test_a_text_that_looks_like_something_else_comes_back_as_it_is(text: str) -> None:
    """Escapes that overlap, and XML that is none of the file's own."""
    (cell,) = written((None, text))

    assert (text, "s") == (unescape(cell.value), cell.data_type)


@pytest.mark.parametrize("word", ["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"])
def test_an_error_is_a_value_and_no_formula(word: str) -> None:
    cells = written((TypedCell(0, CellKind.ERROR), word), (None, "after"))

    assert [(word, "e"), ("after", "s")] == [(cell.value, cell.data_type) for cell in cells]


@pytest.mark.parametrize("number", [0.1 + 0.2, 1 / 3, -1e-300, 5e-324, 123456789012345.6, 7.0, 999_999_999_999_999.0])
def test_a_number_keeps_its_last_digit(number: float) -> None:
    """Seventeen digits tell every number from its neighbours, sixteen do not."""
    (cell,) = written((TypedCell(0, CellKind.NUMBER, number), "as shown"))

    assert number == cell.value


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_of_any_scheme_is_written_as_it_is(address: str) -> None:
    text, number = written(
        (TypedCell(0, CellKind.TEXT, link=address), "a word"),
        (TypedCell(0, CellKind.NUMBER, 7.5, "0.00", address), "x"),
    )

    assert (address, "a word") == (text.hyperlink.target, text.value)
    assert (address, 7.5, "0.00") == (number.hyperlink.target, number.value, number.number_format)


def test_an_address_that_leads_nowhere_from_here_is_none() -> None:
    """Places within the old workbook, and addresses that Excel would repair the file for."""
    assert "" == target_of("#Sheet2!A1")
    assert "" == target_of("https://example.org/" + "x" * LONGEST_TARGET)
    assert "https://example.org/a%20%22b%22" == target_of('https://example.org/a "b"')


def test_dates_keep_the_format_that_each_country_shows_its_own_way() -> None:
    """It has a number and no code: as a code it would be the same everywhere."""
    file = BytesIO()
    with new_workbook(file) as book:
        cell = TypedCell(0, CellKind.DATE, 46_000.0, "mm-dd-yy")
        write_given_cell(book, book.worksheet("Results"), 0, 0, cell, "2025-12-09", book.text_style())

    with ZipFile(file) as archive:
        assert b'numFmtId="14"' in archive.read("xl/styles.xml")


def test_heights_are_kept_for_so_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes memory until the end; what follows is as high as the program that opens it finds right."""
    monkeypatch.setattr(xlsx, "MOST_TALL_ROWS", 2)
    file = BytesIO()

    with new_workbook(file) as book:
        sheet = book.worksheet("Results")
        for row in range(4):
            sheet.write_text(row, 0, "a\nb", book.text_style(text_wrap=True))
            sheet.make_row_high(row, 30)

    found: Any = openpyxl.load_workbook(file)["Results"]
    assert [30, 30, None, None] == [found.row_dimensions[row].height for row in range(1, 5)]


class _FullDisk(BytesIO):
    def write(self, _data: object) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_told_once_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the error that it is, and in silence from then on: nothing is told by whatever is forgotten later."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(OSError, match="No space left"):
            _write_one_cell(_FullDisk())
        gc.collect()

    assert [] == list(tmp_path.iterdir())


def _write_one_cell(file: BytesIO) -> None:
    with new_workbook(file) as book:
        book.worksheet("Results").write_text(0, 0, "Hello", book.text_style())
