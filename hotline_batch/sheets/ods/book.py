"""A snapshot of an .ods -> its worksheets and their rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from hotline_batch.errors import SheetError
from hotline_batch.sheets.ods import names
from hotline_batch.sheets.ods.styles import STYLES, OdsStyles
from hotline_batch.sheets.ods.worksheet import OdsWorksheet, is_within_table
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.worksheets import Worksheet
from hotline_batch.sheets.xml_stream import XmlStream
from hotline_batch.sheets.zip_safety import Package, locked

_CONTENT: Final = "content.xml"
_STYLES: Final = "styles.xml"
_SETTINGS: Final = "settings.xml"
_MANIFEST: Final = "META-INF/manifest.xml"


class OdsBook:
    """An open spreadsheet. Its content is walked once for the names of tables and the styles, then for one's rows."""

    format = "ods"

    def __init__(self, snapshot: Snapshot) -> None:
        self.file = snapshot.name
        self._package = package = Package(snapshot.open(), snapshot.name)
        if _MANIFEST in package and b"encryption-data" in b"".join(package.chunks(_MANIFEST)):
            raise locked(self.file)
        self._styles = OdsStyles()
        if _STYLES in package:
            for style in self._stream(_STYLES).elements(STYLES):
                self._styles.add(style)
        tables = list(self._tables())
        active = _active_table(package)
        self.worksheets = tuple(
            Worksheet(name, str(index), style not in self._styles.hidden_tables, name == active)
            for index, (name, style) in enumerate(tables)
        )

    def read(self, worksheet: Worksheet) -> OdsWorksheet:
        """A new reading of one worksheet."""
        return OdsWorksheet(self._stream(_CONTENT), self.file, int(worksheet.part), self._styles)

    def _tables(self) -> Iterator[tuple[str, str]]:
        """Name and style of each table in the order of their tabs; on the way, the styles of the content are noted."""
        content = self._stream(_CONTENT)
        for element in content.elements(STYLES, begun={names.A_TABLE}):
            if element.tag != names.A_TABLE:
                self._styles.add(element)
            elif not is_within_table(content.path):
                yield element.get(names.TABLE_NAME, ""), element.get(names.STYLE_NAME, "")

    def _stream(self, part: str) -> XmlStream:
        return XmlStream(self._package.xml_chunks(part), self.file, part)


def _active_table(package: Package) -> str:
    """The table on which the program opens the file; empty where it does not say so."""
    if _SETTINGS in package:
        with suppress(SheetError):
            for item in package.xml(_SETTINGS).iter():
                if any(key.endswith("}name") and value == "ActiveTable" for key, value in item.attrib.items()):
                    return item.text or ""
    return ""
