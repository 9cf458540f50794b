"""Small .ods, .xlsb and .xls files put together byte by byte, since nothing here writes these formats."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from raw_workbook import relations_xml

Cell = str | float | None
Sheets = Mapping[str, Sequence[Sequence[Cell]]]

_ODS = "urn:oasis:names:tc:opendocument:xmlns"


def ods_parts(sheets: Sheets, more_rows: str = "") -> dict[str, str | bytes]:
    """The parts of an OpenDocument spreadsheet; ``more_rows`` is XML at the end of each table."""
    tables = "".join(
        f'<table:table table:name="{name}">{"".join(map(_ods_row, rows))}{more_rows}</table:table>'
        for name, rows in sheets.items()
    )
    names = " ".join(f'xmlns:{word}="{_ODS}:{word}:1.0"' for word in ("office", "table", "text"))
    return {
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{_ODS}:manifest:1.0"/>',
        "content.xml": f"<office:document-content {names}><office:body><office:spreadsheet>{tables}"
        "</office:spreadsheet></office:body></office:document-content>",
    }


def _ods_row(row: Sequence[Cell]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, row)) or '<table:table-cell/>'}</table:table-row>"


def _ods_cell(value: Cell) -> str:
    match value:
        case None:
            return "<table:table-cell/>"
        case str():
            return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        case _:
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


def xlsb_parts(sheets: Sheets) -> dict[str, str | bytes]:
    """The parts of a binary workbook."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    bundle = b"".join(
        _record(156, struct.pack("<II", 0, i) + _wide(f"rId{i}") + _wide(name)) for i, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{office}/worksheet" Target="worksheets/sheet{i}.bin"/>'
        for i in range(1, len(sheets) + 1)
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.bin": _record(131, b"") + _record(143, b"") + bundle + _record(144, b"") + _record(132, b""),
        "xl/_rels/workbook.bin.rels": relations_xml(links),
    }
    for i, rows in enumerate(sheets.values(), 1):
        cells = [(r, c, value) for r, row in enumerate(rows) for c, value in enumerate(row) if value is not None]
        parts[f"xl/worksheets/sheet{i}.bin"] = xlsb_worksheet(cells)
    return parts


def xlsb_worksheet(cells: Sequence[tuple[int, int, Cell]]) -> bytes:
    """A binary worksheet of cells (row, column, value), counted from 0."""
    body = b""
    for row, column, value in cells:
        place = struct.pack("<II", column, 0)
        body += _record(0, struct.pack("<I", row) + bytes(21))
        body += _record(6, place + _wide(value)) if isinstance(value, str) else _record(5, place + _real(value))
    size = struct.pack("<IIII", 0, max(row for row, _, _ in cells), 0, max(column for _, column, _ in cells))
    return _record(129, b"") + _record(148, size) + _record(145, b"") + body + _record(146, b"") + _record(130, b"")


def _record(kind: int, data: bytes) -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, left = b"", len(data)
    while True:
        left, low = left >> 7, left & 0x7F
        length += bytes([low | 0x80 if left else low])
        if not left:
            return head + length + data


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _real(value: Cell) -> bytes:
    return struct.pack("<d", value)


def xls_file(sheets: Sheets, hidden: frozenset[str] = frozenset()) -> bytes:
    """A BIFF8 workbook in a compound file of one stream."""
    bodies = [_biff_sheet(rows) for rows in sheets.values()]
    start = _biff(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    entries = [
        bytes([name in hidden, 0, len(name), 1]) + name.encode("utf-16-le")  # after the four bytes of the position
        for name in sheets
    ]
    position = len(start) + sum(8 + len(entry) for entry in entries) + 4
    for entry, body in zip(entries, bodies, strict=True):
        start += _biff(0x85, struct.pack("<I", position) + entry)
        position += len(body)
    return _compound_file(start + _biff(0x0A, b"") + b"".join(bodies))


def _biff_sheet(rows: Sequence[Sequence[Cell]]) -> bytes:
    stream = _biff(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            place = struct.pack("<HHH", r, c, 0)
            if isinstance(value, str):
                stream += _biff(0x204, place + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
            elif value is not None:
                stream += _biff(0x203, place + _real(value))
    return stream + _biff(0x0A, b"")


def _biff(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _compound_file(stream: bytes) -> bytes:
    # Streams below 4096 bytes would live in the mini stream; a longer one is simply a chain of sectors.
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    end, free, fat_sector, directory_sector = 0xFFFFFFFE, 0xFFFFFFFF, 0, 1
    fat = [0xFFFFFFFD, end, *(range(3, count + 2)), end]
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, directory_sector, 0, 4096, end, 0, end, 0,
    )  # fmt: skip
    header += struct.pack("<109I", fat_sector, *[free] * 108)
    directory = _entry("Root Entry", 5, 1, end, 0) + _entry("Workbook", 2, free, 2, len(stream)) + bytes(256)
    return header + struct.pack("<128I", *fat, *[free] * (128 - len(fat))) + directory + stream


def _entry(name: str, kind: int, child: int, sector: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    none = 0xFFFFFFFF
    return struct.pack("<64sHBBIII16xI8x8xIQ", text, len(text) + 2, kind, 1, none, none, child, 0, sector, size)
