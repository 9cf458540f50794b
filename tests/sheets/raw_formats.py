"""Small .ods, .xlsb and .xls files put together byte by byte, since nothing here writes these formats."""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tests.sheets.raw_workbook import relations_xml


@dataclass(frozen=True, slots=True)
class Formatted:
    """A number whose format shows something else; ``shown`` is what the program last saw."""

    value: float
    format: str
    shown: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """A spreadsheet error, made by a formula or typed."""

    name: str


Cell = str | float | Formatted | Wrong | None
Sheets = Mapping[str, Sequence[Sequence[Cell]]]
Area = tuple[int, int, int, int]
"""First row, first column, last row, last column, counted from 0."""

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ERRORS = {"#DIV/0!": 0x07, "#N/A": 0x2A}

_ODS = "urn:oasis:names:tc:opendocument:xmlns"


def ods_parts(
    sheets: Sheets,
    more_rows: str = "",
    *,
    hidden_rows: Collection[int] = (),
    merged: Area | None = None,
    hidden: Collection[str] = (),
    styles: str = "",
) -> dict[str, str | bytes]:
    """The parts of an OpenDocument spreadsheet; ``more_rows`` is XML at the end of each table, ``styles`` more XML of
    styles.
    """
    tables = "".join(
        f'<table:table table:name="{name}" table:style-name="{"gone" if name in hidden else "here"}">'
        + "".join(_ods_row(row, r, hidden=r in hidden_rows, merged=merged) for r, row in enumerate(rows))
        + f"{more_rows}</table:table>"
        for name, rows in sheets.items()
    )
    spaces = ("office", "table", "text", "style", "drawing")
    names = " ".join(f'xmlns:{word}="{_ODS}:{word}:1.0"' for word in spaces)
    names += f' xmlns:number="{_ODS}:datastyle:1.0"'
    names += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{_ODS}:manifest:1.0"/>',
        "content.xml": f'<office:document-content {names}><office:automatic-styles><style:style style:name="gone">'
        '<style:table-properties table:display="false"/></style:style>'
        f"{styles}</office:automatic-styles><office:body><office:spreadsheet>{tables}"
        "</office:spreadsheet></office:body></office:document-content>",
    }


def _ods_row(row: Sequence[Cell], r: int, *, hidden: bool, merged: Area | None) -> str:
    cells = "".join(
        "<table:covered-table-cell/>" if _is_covered(r, c, merged) else _ods_cell(value, _spans(r, c, merged))
        for c, value in enumerate(row)
    )
    visibility = ' table:visibility="filter"' if hidden else ""
    return f"<table:table-row{visibility}>{cells or '<table:table-cell/>'}</table:table-row>"


def _is_covered(r: int, c: int, merged: Area | None) -> bool:
    if merged is None:
        return False
    first_row, first_column, last_row, last_column = merged
    inside = first_row <= r <= last_row and first_column <= c <= last_column
    return inside and (r, c) != (first_row, first_column)


def _spans(r: int, c: int, merged: Area | None) -> str:
    if merged is None or (r, c) != merged[:2]:
        return ""
    first_row, first_column, last_row, last_column = merged
    rows, columns = last_row - first_row + 1, last_column - first_column + 1
    return f' table:number-rows-spanned="{rows}" table:number-columns-spanned="{columns}"'


def _ods_cell(value: Cell, spans: str = "") -> str:
    match value:
        case None:
            return f"<table:table-cell{spans}/>"
        case str():
            return f'<table:table-cell{spans} office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        case Formatted(number, _, shown):
            return (
                f'<table:table-cell office:value-type="float" office:value="{number}"><text:p>{shown}</text:p>'
                "</table:table-cell>"
            )
        case Wrong(name):
            return (
                '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
                f'calcext:value-type="error"><text:p>{name}</text:p></table:table-cell>'
            )
        case _:
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


def xlsb_parts(
    sheets: Sheets, *, hidden_rows: Collection[int] = (), merged: Area | None = None
) -> dict[str, str | bytes]:
    """The parts of a binary workbook."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    bundle = b"".join(
        xlsb_record(156, struct.pack("<II", 0, i) + wide(f"rId{i}") + wide(name)) for i, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{office}/worksheet" Target="worksheets/sheet{i}.bin"/>'
        for i in range(1, len(sheets) + 1)
    )
    links += f'<Relationship Id="rId99" Type="{office}/styles" Target="styles.bin"/>'
    formats = _formats(sheets)
    codes = b"".join(xlsb_record(44, struct.pack("<H", 164 + i) + wide(code)) for i, code in enumerate(formats))
    styles = b"".join(
        xlsb_record(47, struct.pack("<HHHHHHBBBB", 0, number, 0, 0, 0, 0, 0, 0, 0, 0))
        for number in (0, *range(164, 164 + len(formats)))
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "xl/styles.bin": xlsb_record(615, struct.pack("<I", len(formats)))
        + codes
        + xlsb_record(616, b"")
        + xlsb_record(617, struct.pack("<I", 1 + len(formats)))
        + styles
        + xlsb_record(618, b""),
        "xl/workbook.bin": xlsb_record(131, b"")
        + xlsb_record(143, b"")
        + bundle
        + xlsb_record(144, b"")
        + xlsb_record(132, b""),
        "xl/_rels/workbook.bin.rels": relations_xml(links),
    }
    for i, rows in enumerate(sheets.values(), 1):
        cells = [(r, c, value) for r, row in enumerate(rows) for c, value in enumerate(row) if value is not None]
        parts[f"xl/worksheets/sheet{i}.bin"] = xlsb_worksheet(cells, formats, hidden_rows=hidden_rows, merged=merged)
    return parts


def _formats(sheets: Sheets) -> list[str]:
    cells = (cell for rows in sheets.values() for row in rows for cell in row)
    return list(dict.fromkeys(cell.format for cell in cells if isinstance(cell, Formatted)))


def xlsb_worksheet(
    cells: Sequence[tuple[int, int, Cell]],
    formats: Sequence[str] = (),
    *,
    hidden_rows: Collection[int] = (),
    merged: Area | None = None,
) -> bytes:
    """A binary worksheet of cells (row, column, value), counted from 0."""
    body = b""
    for row, column, value in cells:
        place = struct.pack("<II", column, 1 + formats.index(value.format) if isinstance(value, Formatted) else 0)
        body += xlsb_record(0, struct.pack("<IIHBB", row, 0, 0x0140, 0, 0x10 if row in hidden_rows else 0) + bytes(13))
        match value:
            case str():
                body += xlsb_record(6, place + wide(value))
            case Wrong(name):
                body += xlsb_record(3, place + bytes([_ERRORS[name]]))
            case Formatted(number):
                body += xlsb_record(5, place + _real(number))
            case _:
                body += xlsb_record(5, place + _real(value))
    if merged:
        first_row, first_column, last_row, last_column = merged
        body += xlsb_record(176, struct.pack("<IIII", first_row, last_row, first_column, last_column))
    size = struct.pack("<IIII", 0, max(row for row, _, _ in cells), 0, max(column for _, column, _ in cells))
    return (
        xlsb_record(129, b"")
        + xlsb_record(148, size)
        + xlsb_record(145, b"")
        + body
        + xlsb_record(146, b"")
        + xlsb_record(130, b"")
    )


def xlsb_record(kind: int, data: bytes) -> bytes:
    """One record of a binary workbook."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, left = b"", len(data)
    while True:
        left, low = left >> 7, left & 0x7F
        length += bytes([low | 0x80 if left else low])
        if not left:
            return head + length + data


def wide(text: str) -> bytes:
    """A text with its length before it."""
    letters = text.encode("utf-16-le")
    return struct.pack("<I", len(letters) // 2) + letters


def _real(value: float) -> bytes:
    return struct.pack("<d", value)


def xls_file(
    sheets: Sheets,
    hidden: Collection[str] = (),
    *,
    hidden_rows: Collection[int] = (),
    merged: Area | None = None,
) -> bytes:
    """A BIFF8 workbook in a compound file of one stream."""
    formats = _formats(sheets)
    about = b""
    for i, code in enumerate(formats):
        about += biff(0x41E, struct.pack("<HHB", 164 + i, len(code), 1) + code.encode("utf-16-le"))
    for number in (0, *range(164, 164 + len(formats))):
        about += biff(0xE0, struct.pack("<HH", 0, number) + bytes(16))
    bodies = {name: _biff_cells(rows, formats, hidden_rows, merged) for name, rows in sheets.items()}
    return xls_of_stream(biff_stream(bodies, hidden, about=about))


def biff_stream(
    sheets: Mapping[str, bytes], hidden: Collection[str] = (), *, about: bytes = b"", version: int = 0x600
) -> bytes:
    """The stream of a workbook: ``about`` are records of the whole, the sheets are the records of their cells."""
    start = biff(0x809, struct.pack("<HHHHII", version, 5, 0, 0, 0, 0)) + about
    entries = [
        # after the four bytes of the position
        bytes([name in hidden, 0, len(name)])
        + (b"\1" + name.encode("utf-16-le") if version == 0x600 else name.encode())
        for name in sheets
    ]
    position = len(start) + sum(8 + len(entry) for entry in entries) + 4
    bodies = [
        biff(0x809, struct.pack("<HHHHII", version, 0x10, 0, 0, 0, 0)) + cells + biff(0x0A, b"")
        for cells in sheets.values()
    ]
    for entry, body in zip(entries, bodies, strict=True):
        start += biff(0x85, struct.pack("<I", position) + entry)
        position += len(body)
    return start + biff(0x0A, b"") + b"".join(bodies)


def _biff_cells(
    rows: Sequence[Sequence[Cell]], formats: Sequence[str], hidden_rows: Collection[int], merged: Area | None
) -> bytes:
    stream = b""
    for r, row in enumerate(rows):
        flags = 0x20 if r in hidden_rows else 0
        stream += biff(0x208, struct.pack("<HHHHHHI", r, 0, 0, 0xFF, 0, 0, flags | 0x100))
        for c, value in enumerate(row):
            place = struct.pack("<HHH", r, c, 1 + formats.index(value.format) if isinstance(value, Formatted) else 0)
            match value:
                case None:
                    pass
                case str():
                    letters = value.encode("utf-16-le")
                    stream += biff(0x204, place + struct.pack("<HB", len(letters) // 2, 1) + letters)
                case Wrong(name):
                    stream += biff(0x205, place + bytes([_ERRORS[name], 1]))
                case Formatted(number):
                    stream += biff(0x203, place + _real(number))
                case _:
                    stream += biff(0x203, place + _real(value))
    if merged:
        first_row, first_column, last_row, last_column = merged
        stream += biff(0xE5, struct.pack("<HHHHH", 1, first_row, last_row, first_column, last_column))
    return stream


def biff(kind: int, data: bytes) -> bytes:
    """One record."""
    return struct.pack("<HH", kind, len(data)) + data


def xls_of_stream(stream: bytes, name: str = "Workbook") -> bytes:
    """A compound file of one stream."""
    # Streams below 4096 bytes would live in the mini stream; a longer one is simply a chain of sectors.
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    tables = -(-(count + 1) // 127)
    end, free = 0xFFFFFFFE, 0xFFFFFFFF
    # First the sector tables, then the directory, then the stream.
    fat = [*[0xFFFFFFFD] * tables, end, *range(tables + 2, tables + 1 + count), end]
    fat += [free] * (128 * tables - len(fat))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        SIGNATURE, 0x3E, 3, 0xFFFE, 9, 6, 0, tables, tables, 0, 4096, end, 0, end, 0,
    )  # fmt: skip
    header += struct.pack("<109I", *range(tables), *[free] * (109 - tables))
    directory = _entry("Root Entry", 5, 1, end, 0) + _entry(name, 2, free, tables + 1, len(stream)) + bytes(256)
    return header + struct.pack(f"<{len(fat)}I", *fat) + directory + stream


def _entry(name: str, kind: int, child: int, sector: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    none = 0xFFFFFFFF
    return struct.pack("<64sHBBIII16xI8x8xIQ", text, len(text) + 2, kind, 1, none, none, child, 0, sector, size)
