"""Files that are no sheets, damaged, locked or hostile: what they are, and the error that says so, with the cure."""

from __future__ import annotations

import codecs
import re

from hotline_batch.errors import SheetError
from hotline_batch.language.words import marked, words

_OPEN_AND_SAVE = marked("Open it in the spreadsheet program and save it as XLSX.")
_SAVE_THE_TABLE = marked("Save the table as XLSX or CSV.")
_IMPORT = marked("Import it in the spreadsheet program (in Excel: Data, Get Data) and save it as XLSX.")
_OLD_EXCEL_CURE = marked("Open it in LibreOffice, since newer versions of Excel refuse it, and save it as XLSX.")
_NAME_THE_SHEET = marked("Open what it points to, save that as XLSX or CSV on this computer, and name that file.")

_SIGNATURES = marked(
    (
        (b"%PDF-", "a PDF document", _SAVE_THE_TABLE),
        (b"{\\rtf", "an RTF document", _SAVE_THE_TABLE),
        (b"\x1f\x8b", "a gzip archive", "Unpack it and name the sheet in it."),
        (b"BZh91AY&SY", "a bzip2 archive", "Unpack it and name the sheet in it."),
        (b"\xfd7zXZ\0", "an xz archive", "Unpack it and name the sheet in it."),
        (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "Unpack it and name the sheet in it."),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it and name the sheet in it."),
        (b"Rar!\x1a\x07", "a RAR archive", "Unpack it and name the sheet in it."),
        (b"\x89PNG", "a picture", _SAVE_THE_TABLE),
        (b"GIF8", "a picture", _SAVE_THE_TABLE),
        (b"\xff\xd8\xff", "a picture", _SAVE_THE_TABLE),
        (b"II*\0", "a picture", _SAVE_THE_TABLE),
        (b"MM\0*", "a picture", _SAVE_THE_TABLE),
        (b"SQLite format 3\0", "a database", _SAVE_THE_TABLE),
        (b"\0\x01\0\0Standard ", "an Access database", _SAVE_THE_TABLE),
        (b"PAR1", "a Parquet file", _SAVE_THE_TABLE),
        (b"bplist0", "a shortcut or property list of macOS", _NAME_THE_SHEET),
        (b"L\0\0\0\x01\x14\x02\0", "a Windows shortcut", _NAME_THE_SHEET),
        (b"MZ\x90\0", "a program", _SAVE_THE_TABLE),
        (b"\x7fELF", "a program", _SAVE_THE_TABLE),
        (b"\0\0\x02\0\x06\x04\x06\0", "a Lotus 1-2-3 sheet", _OPEN_AND_SAVE),
        (b"\0\0\x1a\0", "a Lotus 1-2-3 sheet", _OPEN_AND_SAVE),
    )
)
# The first record of a workbook without a container: Excel 2, 3 and 4 wrote these (Excel 5 put it into one).
_OLD_EXCEL = re.compile(rb"\x09[\0\x02\x04][\x04-\x08]\0..(?:[\x10\x20\x40]\0|\0\x01)", re.DOTALL)
_DBASE = re.compile(rb"[\x03\x30\x31\x83\x8b\xf5].[\x01-\x0c][\x01-\x1f].{3}\0.{20}", re.DOTALL)

_COMMENTS = rb"\s*(?:<!--.*?-->\s*)*"
_HTML_TAGS = (
    rb"!doctype html|html|head|body|title|meta|link|base|style|script|noscript|iframe|table|caption|colgroup|thead"
    rb"|tbody|tr|td|th|div|span|p|br|hr|a|b|i|u|em|strong|small|font|center|img|pre|h[1-6]|ul|ol|li|dl|form|main|section|article|header"
    rb"|footer|nav|svg"
)
_WEB_PAGE = re.compile(_COMMENTS + rb"<(?:" + _HTML_TAGS + rb")(?=[\s>/])", re.IGNORECASE | re.DOTALL)
_WEB_ARCHIVE = re.compile(rb"\s*(?:MIME-Version:\s*1|From:\s*<?Saved by )", re.IGNORECASE)
# A header such as <user_id>;<message> is no XML.
_XML = re.compile(
    rb"\s*<\?xml|" + _COMMENTS + rb"<([a-z_][\w:.-]*)(?:\s[^<>]*)?(?:>\s*<|>[^<>]*</\1\s*>)", re.IGNORECASE | re.DOTALL
)
# Nor is [user_id],[message] JSON.
_JSON = re.compile(rb'\s*(?:\{\s*["}]|\[\s*(?:\[\s*)*(?:["{\]]|-?[0-9.]+\s*,|(?:null|true|false)\b))')
_JSON_OF_GOOGLE = re.compile(rb'"doc_id"|https?://(?:docs|drive)\.google\.com/')
_JSON_NAME = marked("JSON")
_GOOGLE_SHORTCUT = marked(
    (
        "a shortcut to a Google document",
        "Open it in the browser, choose File, Download, Microsoft Excel (.xlsx), and name that file.",
    )
)
_SHORTCUT = re.compile(rb"\s*\[(?:InternetShortcut|Desktop Entry)\]", re.IGNORECASE)
# A header may begin with "ID;P", too; the second line of a SYLK file is a record again.
_SYLK = re.compile(rb"ID;P[^\r\n]*[\r\n]+(?:[BCFOP];|E[\r\n])")
_DIF = re.compile(rb"TABLE\r?\n0,1\r?\n")
_VCARD = re.compile(rb"\s*BEGIN:VCARD\b", re.IGNORECASE)
_CALENDAR = re.compile(rb"\s*BEGIN:VCALENDAR\b", re.IGNORECASE)
_PROPERTY_LIST = re.compile(rb"\s*<\?xml.{0,400}?<plist\b", re.DOTALL)
_TEXTS = marked(
    (
        (_WEB_PAGE, "a web page (HTML)", _OPEN_AND_SAVE),
        (_WEB_ARCHIVE, "a web archive (MHTML)", _OPEN_AND_SAVE),
        (_PROPERTY_LIST, "a shortcut or property list of macOS", _NAME_THE_SHEET),
        (_XML, "an XML file", _OPEN_AND_SAVE),
        (_JSON, _JSON_NAME, _IMPORT),
        (_SHORTCUT, "a shortcut", _NAME_THE_SHEET),
        (_SYLK, "a SYLK file", _OPEN_AND_SAVE),
        (_DIF, "a DIF file", _OPEN_AND_SAVE),
        (_VCARD, "a list of contacts (vCard)", _SAVE_THE_TABLE),
        (_CALENDAR, "a calendar (iCalendar)", _SAVE_THE_TABLE),
    )
)


def stranger(head: bytes) -> tuple[str, str] | None:
    """What the file is, and the cure; None where it may be a text with rows."""
    for start, what, cure in _SIGNATURES:
        if head.startswith(start):
            return what, cure
    if _OLD_EXCEL.match(head):
        return marked("a workbook of an old Excel (version 2 to 4)"), _OLD_EXCEL_CURE
    if _DBASE.match(head):
        return marked("a dBASE table"), _OPEN_AND_SAVE
    return _strange_text(_as_plain_bytes(head))


def _strange_text(text: bytes) -> tuple[str, str] | None:
    what, cure = next(((what, cure) for pattern, what, cure in _TEXTS if pattern.match(text)), ("", ""))
    if what == _JSON_NAME and _JSON_OF_GOOGLE.search(text):
        return _GOOGLE_SHORTCUT
    return (what, cure) if what else None


def _as_plain_bytes(head: bytes) -> bytes:
    """The beginning of a text without its byte order mark, one byte a letter also where it is written in UTF-16."""
    is_little = head.startswith((codecs.BOM_UTF16_LE, b"<\0", b"{\0", b"[\0"))
    if is_little or head.startswith((codecs.BOM_UTF16_BE, b"\0<", b"\0{", b"\0[")):
        return head.decode("utf-16-le" if is_little else "utf-16-be", "ignore").removeprefix("\ufeff").encode()
    return head.removeprefix(codecs.BOM_UTF8)


def damaged(name: str, why: str) -> SheetError:
    """The error for a workbook that cannot be taken apart."""
    return SheetError(
        words(
            "{name} is damaged ({why}). Open it in the spreadsheet program and save it again as XLSX.",
            name=name,
            why=why,
        )
    )


def suspicious(name: str, why: str) -> SheetError:
    """The error for a workbook that no spreadsheet program would write."""
    return SheetError(
        words(
            "{name} is refused: {why}. No spreadsheet program writes such a file. If you trust its sender, "
            "open it in the spreadsheet program and save it again as XLSX.",
            name=name,
            why=why,
        )
    )


def locked(name: str) -> SheetError:
    """The error for a workbook that a password locks."""
    return SheetError(
        words(
            "{snapshot} is password-protected. Open it in the spreadsheet program, remove the password and "
            "save it again.",
            snapshot=name,
        )
    )


def not_a_sheet(name: str, what: str) -> SheetError:
    """The error for a document of another kind."""
    return SheetError(
        words(
            "{snapshot} is {what}, not a sheet that can be read. Save the table as XLSX or CSV.",
            snapshot=name,
            what=words(what),
        )
    )
