"""The first bytes and the directory of a file -> what kind of sheet it is, whatever its name says."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from hotline_batch.errors import SheetError
from hotline_batch.language.words import marked, words
from hotline_batch.sheets.excel.xls.compound_file import SIGNATURE as _COMPOUND
from hotline_batch.sheets.excel.xls.compound_file import CompoundFile
from hotline_batch.sheets.refusals import damaged, locked, not_a_sheet, stranger
from hotline_batch.sheets.snapshot import Snapshot

if TYPE_CHECKING:
    import zipfile


class FileKind(StrEnum):
    """The formats that are read; the value is the format in ``Dialect``."""

    CSV = "csv"
    XLSX = "xlsx"
    XLS = "xls"
    XLSB = "xlsb"
    ODS = "ods"


# A CSV file may begin with the letters PK, too.
_ZIP_MEMBER, _ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
_LONGEST_ZIP_END = 22 + 65_535
_DIVIDED_ZIP = (b"PK\x07\x08", b"PK00PK")
_BARE_XLS = (b"\x09\x08\x08\x00", b"\x09\x08\x10\x00")
"""The first record of Excel 5 and later, without a container."""
_WORKBOOKS = frozenset({"workbook", "book"})
_ENCRYPTED = "encryptedpackage"
_ENCRYPTED_BYTES = "EncryptedPackage".encode("utf-16-le")
_COMPOUND_STRANGERS = marked(
    {
        "worddocument": "a Word document",
        "powerpoint document": "a presentation",
        "__properties_version1.0": "an Outlook message",
        "visiodocument": "a Visio drawing",
        "quill": "a Publisher document",
        "wksssworkbook": "a sheet of Microsoft Works",
        "starcalcdocument": "a sheet of StarOffice",
        "nativecontent_main": "a Quattro Pro sheet",
        "\x09drmcontent": "a document that rights management protects",
    }
)
_OTHER_COMPOUND = marked("a document of another program (OLE2)")
_ZIP_STRANGERS = marked(
    {
        "word/": "a Word document",
        "ppt/": "a presentation",
        "visio/": "a Visio drawing",
        "index/document.iwa": "an Apple Numbers sheet",
        "index.zip": "an Apple Numbers sheet",
    }
)


def recognise(snapshot: Snapshot) -> FileKind:
    """The kind of a file by its content. SheetError where it is empty, locked or no sheet at all."""
    if snapshot.size == 0:
        raise SheetError(words("{snapshot} is empty (0 bytes). Save the sheet again.", snapshot=snapshot.name))
    head = snapshot.head(4096)
    if head.startswith(_COMPOUND):
        return _recognise_compound(snapshot)
    if head.startswith(_BARE_XLS):
        return FileKind.XLS
    if head.startswith((_ZIP_MEMBER, _ZIP_END)):
        return _recognise_zip(snapshot)
    if head.startswith(_DIVIDED_ZIP):
        raise SheetError(
            words("{snapshot} is a divided ZIP archive. Save the workbook again as XLSX.", snapshot=snapshot.name)
        )
    if _ZIP_MEMBER in head and _ends_as_zip(snapshot):
        raise SheetError(
            words(
                "Something stands before the workbook in {snapshot}, so no spreadsheet program opens it. "
                "Download or export it once more; whatever made the file put other bytes in front.",
                snapshot=snapshot.name,
            )
        )
    if found := stranger(head):
        what, cure = found
        raise SheetError(
            words(
                "{snapshot} is {what}, whatever its name says. {cure}",
                snapshot=snapshot.name,
                what=words(what),
                cure=words(cure),
            )
        )
    return FileKind.CSV


def _ends_as_zip(snapshot: Snapshot) -> bool:
    with snapshot.open() as file:
        file.seek(max(snapshot.size - _LONGEST_ZIP_END, 0))
        return _ZIP_END in file.read()


def _recognise_compound(snapshot: Snapshot) -> FileKind:
    with snapshot.open() as file:
        try:
            names = CompoundFile(file, snapshot.size).names
        except ValueError as error:
            # What a password locks is called so, also where its end is missing.
            if _ENCRYPTED_BYTES in snapshot.head(1024**2):
                raise locked(snapshot.name) from error
            raise damaged(snapshot.name, str(error)) from error
    if _ENCRYPTED in names:
        raise locked(snapshot.name)
    if names & _WORKBOOKS:
        return FileKind.XLS
    what = next((what for name, what in _COMPOUND_STRANGERS.items() if name in names), _OTHER_COMPOUND)
    raise not_a_sheet(snapshot.name, what)


def _recognise_zip(snapshot: Snapshot) -> FileKind:
    # It knows zip and XML, which whoever sends a CSV file does without.
    from hotline_batch.sheets.zip_safety import open_zip, part_key  # noqa: PLC0415 - see above

    with snapshot.open() as file, open_zip(file, snapshot.name) as archive:
        names = {part_key(name) for name in archive.namelist()}
        if "xl/workbook.bin" in names:
            return FileKind.XLSB
        if "encrypted-package" in names:
            raise locked(snapshot.name)
        if "content.xml" in names:
            if _mimetype(archive).startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
                return FileKind.ODS
            raise not_a_sheet(snapshot.name, marked("a document of another program"))
        # Some programs put the workbook somewhere else than into xl/.
        if any(name.startswith("xl/") or name.endswith("workbook.xml") for name in names):
            return FileKind.XLSX
    for start, what in _ZIP_STRANGERS.items():
        if any(name.startswith(start) for name in names):
            raise not_a_sheet(snapshot.name, what)
    raise not_a_sheet(
        snapshot.name, marked("an empty ZIP archive") if not names else marked("a ZIP archive without a workbook in it")
    )


def _mimetype(archive: zipfile.ZipFile) -> bytes:
    """The first bytes of an OpenDocument's ``mimetype`` entry; empty where it cannot be read."""
    try:
        with archive.open("mimetype") as file:
            return file.read(200)
    except Exception:  # noqa: BLE001 - whatever a damaged archive provokes, the caller says that it is no sheet
        return b""
