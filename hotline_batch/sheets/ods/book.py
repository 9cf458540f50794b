"""A snapshot of an .ods -> its worksheets and their rows."""

from __future__ import annotations

from contextlib import suppress
from typing import Final
from xml.parsers import expat

from hotline_batch.errors import SheetError
from hotline_batch.sheets.book import table_of
from hotline_batch.sheets.ods import names
from hotline_batch.sheets.ods.styles import OdsStyles
from hotline_batch.sheets.ods.walk import OdsWorksheet, parse
from hotline_batch.sheets.snapshot import Snapshot
from hotline_batch.sheets.table import Table
from hotline_batch.sheets.worksheets import Worksheet
from hotline_batch.sheets.zip_safety import Package, damaged, locked

LARGEST_FILE_BYTES = 200 * 1024**2

_CONTENT: Final = "content.xml"
_STYLES: Final = "styles.xml"
_SETTINGS: Final = "settings.xml"
_MANIFEST: Final = "META-INF/manifest.xml"


def open_ods(snapshot: Snapshot, *, worksheet: str | None, header_row: int | None) -> Table:
    """The table in one worksheet; by default the active visible one.

    SheetError for damaged and password-protected files, unknown and empty worksheets.
    """
    if snapshot.size > LARGEST_FILE_BYTES:
        raise SheetError(f"{snapshot.name} is too large for this format. Save it as XLSX or CSV.")
    return table_of(OdsBook(Package(snapshot.open(), snapshot.name)), worksheet=worksheet, header_row=header_row)


class OdsBook:
    """An open spreadsheet. Its content is walked once for the names of tables and the styles, then for one's rows."""

    format = "ods"

    def __init__(self, package: Package) -> None:
        self.file = package.name
        self._package = package
        if _MANIFEST in package and b"encryption-data" in b"".join(package.chunks(_MANIFEST)):
            raise locked(self.file)
        self._styles = OdsStyles()
        if _STYLES in package:
            self._walk(_STYLES, _Contents(self._styles))
        contents = _Contents(self._styles)
        self._walk(_CONTENT, contents)
        active = _active_table(package)
        if len({name for name, _ in contents.tables}) < len(contents.tables):
            raise damaged(self.file, "two worksheets have the same name")
        if not contents.tables:
            raise damaged(self.file, "it has no worksheet")
        self.worksheets = tuple(
            Worksheet(name, str(index), style not in self._styles.hidden_tables, name == active)
            for index, (name, style) in enumerate(contents.tables)
        )

    def read(self, worksheet: Worksheet) -> OdsWorksheet:
        """A new reading of one worksheet."""
        return OdsWorksheet(self._package.xml_chunks(_CONTENT), self.file, int(worksheet.part), self._styles)

    def _walk(self, part: str, contents: _Contents) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        contents.listen(parser)
        for _ in parse(parser, self._package.xml_chunks(part), self.file):
            pass


class _Contents:
    """The names and styles of the tables in the order of their tabs; tables within tables are drawings of theirs."""

    def __init__(self, styles: OdsStyles) -> None:
        self.tables: list[tuple[str, str]] = []
        self._styles = styles
        self._depth = 0

    def listen(self, parser: expat.XMLParserType) -> None:
        """Take part in a parse."""
        self._parser = parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._styles.text

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == names.A_TABLE:
            self._depth += 1
            if self._depth == 1:
                self.tables.append((attributes.get(names.TABLE_NAME, ""), attributes.get(names.STYLE_NAME, "")))
        elif not self._depth:
            self._styles.start(name, attributes)

    def _end(self, name: str) -> None:
        if name == names.A_TABLE:
            self._depth -= 1
        elif not self._depth:
            self._styles.end(name)


def _active_table(package: Package) -> str:
    """The table on which the program opens the file; empty where it does not say so."""
    if _SETTINGS in package:
        with suppress(SheetError):
            for item in package.xml(_SETTINGS).iter():
                if any(key.endswith("}name") and value == "ActiveTable" for key, value in item.attrib.items()):
                    return item.text or ""
    return ""
