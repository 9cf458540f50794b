"""A real run over a sample sheet -> docs/result-sheet.svg: its last words on the screen, and the sheet it wrote."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import get_column_letter

ROOT = Path(__file__).resolve().parents[1]

_COMMAND = "hotline-batch send messy_upload.csv --sandbox --yes --rate 20/s -o result.xlsx"
# Columns that say most, with their widths; the others are there, too, and hidden in the picture.
_COLUMNS = {
    "user_id": 120,
    "Name": 90,
    "message": 170,
    "hotline_status": 100,
    "hotline_topic_link": 205,
    "hotline_error": 285,
}
_ROWS = 11
_LINES_OF_THE_RUN = 3
_MARGIN, _LINE, _ROW, _NUMBERS = 12, 20, 24, 34
_SCREEN, _GRID, _QUIET, _LINK, _INK = "#1e2430", "#d0d4da", "#f3f4f6", "#0b57d0", "#1f2328"
_TEXT_FONT = "font-family='Segoe UI,Helvetica,Arial,sans-serif' font-size='12'"
_SCREEN_FONT = "font-family='Consolas,Menlo,monospace' font-size='13'"
_NO_FILL = "00000000"


@dataclass(frozen=True, slots=True)
class _Shot:
    """The last words of a run, and the first rows of its result sheet: column letters, and cells by row."""

    words: Sequence[str]
    letters: Sequence[str]
    rows: Sequence[Sequence[Cell | MergedCell]]


def picture() -> str:
    """The picture; the same for every run, since it shows neither ids nor times."""
    shot = _taken()
    screen_height = (len(shot.words) + 1) * _LINE + _MARGIN
    width = _NUMBERS + sum(_COLUMNS.values()) + 2 * _MARGIN
    height = screen_height + (len(shot.rows) + 1) * _ROW + 3 * _MARGIN
    drawn = [*_screen(shot, width, screen_height), *_sheet(shot, screen_height + 2 * _MARGIN)]
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' height='{height}' "
        "role='img' aria-label='A sheet with mistakes is sent: each row comes back with its status, link or reason'>\n"
        f"<rect width='{width}' height='{height}' fill='#ffffff'/>\n" + "\n".join(drawn) + "\n</svg>\n"
    )


def _taken() -> _Shot:
    with tempfile.TemporaryDirectory() as folder:
        home = dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), folder)
        (Path(folder) / "messy_upload.csv").write_bytes((ROOT / "sample_data" / "messy_upload.csv").read_bytes())
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
        run = subprocess.run(  # noqa: S603 - the program itself
            [sys.executable, "-m", "hotline_batch", *_COMMAND.split()[1:]],
            cwd=folder,
            env=kept | home | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            check=False,  # some rows cannot be used, which is what the picture shows
        )
        words = [line.partition(" (")[0] for line in run.stdout.splitlines()[:_LINES_OF_THE_RUN]]
        sheet = load_workbook(Path(folder) / "result.xlsx").worksheets[0]
    header = [cell.value for cell in sheet[1]]
    places = [header.index(name) for name in _COLUMNS]
    rows = [[row[place] for place in places] for row in sheet.iter_rows(max_row=_ROWS)]
    return _Shot(words, [get_column_letter(place + 1) for place in places], rows)


def _screen(shot: _Shot, width: int, height: int) -> Iterator[str]:
    yield f"<rect x='0' y='0' width='{width}' height='{height}' rx='6' fill='{_SCREEN}'/>"
    for number, line in enumerate([f"$ {_COMMAND}", *shot.words], 1):
        colour = "#9ece6a" if number == 1 else "#e6e9ef"
        yield (
            f"<text x='{_MARGIN}' y='{number * _LINE}' {_SCREEN_FONT} fill='{colour}' xml:space='preserve'>"
            f"{escape(line)}</text>"
        )


def _sheet(shot: _Shot, top: int) -> Iterator[str]:
    yield from _row(top, "", [(letter, _QUIET, "#57606a", "") for letter in shot.letters])
    for number, cells in enumerate(shot.rows, 1):
        yield from _row(top + number * _ROW, str(number), [_looks(cell, is_header=number == 1) for cell in cells])


def _looks(cell: Cell | MergedCell, *, is_header: bool) -> tuple[str, str, str, str]:
    """Text, fill, colour and style, as the workbook has them."""
    fill = str(cell.fill.fgColor.rgb)
    colour = _LINK if isinstance(cell, Cell) and cell.hyperlink else _INK
    style = "font-weight='600'" if is_header else "text-decoration='underline'" if colour == _LINK else ""
    return str(cell.value or ""), "#ffffff" if fill == _NO_FILL else f"#{fill[-6:]}", colour, style


def _row(top: int, number: str, cells: Sequence[tuple[str, str, str, str]]) -> Iterator[str]:
    left = _MARGIN
    looks = [(number, _QUIET, "#57606a", ""), *cells]
    for (text, fill, colour, style), width in zip(looks, (_NUMBERS, *_COLUMNS.values()), strict=True):
        # Each cell is a picture of its own, so that a long text ends where the cell does.
        yield (
            f"<svg x='{left}' y='{top}' width='{width}' height='{_ROW}'>"
            f"<rect width='{width}' height='{_ROW}' fill='{fill}' stroke='{_GRID}'/>"
            f"<text x='6' y='16' {_TEXT_FONT} fill='{colour}' {style}>{escape(' '.join(text.split()))}</text></svg>"
        )
        left += width
