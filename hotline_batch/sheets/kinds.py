"""The first bytes and the zip directory of a file -> what kind of sheet it is, whatever its name says."""

from __future__ import annotations

import codecs
import re
from enum import StrEnum
from typing import TYPE_CHECKING

from hotline_batch.errors import SheetError
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


_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_WEB_PAGE = re.compile(
    rb"\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body|table|meta|style)\b", re.IGNORECASE | re.DOTALL
)
_WEB_ARCHIVE = re.compile(rb"\s*MIME-Version:\s*1", re.IGNORECASE)
_ZIP_MEMBER, _ZIP_END = b"PK\x03\x04", b"PK\x05\x06"
_LONGEST_ZIP_END = 22 + 65_535
_STRANGERS = (
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3\0", "a database"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"PAR1", "a Parquet file"),
)
_ZIP_STRANGERS = (
    ("word/", "a Word document"),
    ("ppt/", "a presentation"),
    ("index/document.iwa", "an Apple Numbers sheet"),
)


def recognise(snapshot: Snapshot) -> FileKind:
    """The kind of a file by its content. SheetError where it is empty, locked or no sheet at all."""
    if snapshot.size == 0:
        raise SheetError(f"{snapshot.name} is empty (0 bytes). Save the sheet again.")
    head = snapshot.head(4096)
    if head.startswith(_OLE2):
        return _recognise_ole2(snapshot)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _recognise_zip(snapshot)
    if head.startswith(b"PK"):
        raise SheetError(f"{snapshot.name} is a damaged or divided ZIP archive. Save the workbook again as XLSX.")
    for start, what in _STRANGERS:
        if head.startswith(start):
            raise _not_a_sheet(snapshot, what)
    text = _as_plain_bytes(head)
    if _WEB_PAGE.match(text):
        raise SheetError(
            f"{snapshot.name} is a web page (HTML), whatever its name says. "
            "Open it in the spreadsheet program and save it as XLSX."
        )
    if _WEB_ARCHIVE.match(text):
        raise SheetError(
            f"{snapshot.name} is a web archive (MHTML), whatever its name says. "
            "Open it in the spreadsheet program and save it as XLSX."
        )
    if text.lstrip().startswith(b"<?xml"):
        raise SheetError(
            f"{snapshot.name} is an XML file, whatever its name says. "
            "Open it in the spreadsheet program and save it as XLSX."
        )
    if _ZIP_MEMBER in head and _ends_as_zip(snapshot):
        raise SheetError(
            f"Something stands before the workbook in {snapshot.name}, so no spreadsheet program opens it. "
            "Download or export it once more; whatever made the file put other bytes in front."
        )
    return FileKind.CSV


def _ends_as_zip(snapshot: Snapshot) -> bool:
    with snapshot.open() as file:
        file.seek(max(snapshot.size - _LONGEST_ZIP_END, 0))
        return _ZIP_END in file.read()


def _as_plain_bytes(head: bytes) -> bytes:
    """The beginning of a text without its byte order mark, one byte a letter also where it is written in UTF-16."""
    is_little = head.startswith((codecs.BOM_UTF16_LE, b"<\0"))
    if is_little or head.startswith((codecs.BOM_UTF16_BE, b"\0<")):
        return head.decode("utf-16-le" if is_little else "utf-16-be", "ignore").removeprefix("\ufeff").encode()
    return head.removeprefix(codecs.BOM_UTF8)


def _not_a_sheet(snapshot: Snapshot, what: str) -> SheetError:
    return SheetError(f"{snapshot.name} is {what}, not a sheet. Save the table as XLSX or CSV.")


def _recognise_ole2(snapshot: Snapshot) -> FileKind:
    # The stream's name stands in a directory sector, which may lie anywhere in the file.
    with snapshot.open() as file:
        before = b""
        while chunk := file.read(1024**2):
            if _ENCRYPTED_STREAM in before + chunk:
                raise SheetError(
                    f"{snapshot.name} is password-protected. Open it in the spreadsheet program, remove the password "
                    "and save it again."
                )
            before = chunk[-len(_ENCRYPTED_STREAM) :]
    return FileKind.XLS


def _recognise_zip(snapshot: Snapshot) -> FileKind:
    # It knows zip and XML, which whoever sends a CSV file does without.
    from hotline_batch.sheets.package import open_zip, part_key  # noqa: PLC0415 - see above

    with snapshot.open() as file, open_zip(file, snapshot.name) as archive:
        names = {part_key(name) for name in archive.namelist()}
        if "xl/workbook.bin" in names:
            return FileKind.XLSB
        if "content.xml" in names:
            if _mimetype(archive).startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
                return FileKind.ODS
            raise _not_a_sheet(snapshot, "a document of another program")
        # Some programs put the workbook somewhere else than into xl/.
        if any(name.startswith("xl/") or name.endswith("workbook.xml") for name in names):
            return FileKind.XLSX
    for start, what in _ZIP_STRANGERS:
        if any(name.startswith(start) for name in names):
            raise _not_a_sheet(snapshot, what)
    raise _not_a_sheet(snapshot, "an empty ZIP archive" if not names else "a ZIP archive without a workbook in it")


def _mimetype(archive: zipfile.ZipFile) -> bytes:
    """The first bytes of an OpenDocument's ``mimetype`` entry; empty where it cannot be read."""
    try:
        with archive.open("mimetype") as file:
            return file.read(200)
    except Exception:  # noqa: BLE001 - whatever a damaged archive provokes, the caller says that it is no sheet
        return b""
