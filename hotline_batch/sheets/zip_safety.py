"""A zip archive from a stranger -> its XML parts, after every one was counted and found harmless.

A part is refused where its size in the zip's directory is a bomb's, or is a lie: sizes are counted while inflating,
before anything is parsed. The limits admit real sheets: a workbook of 1,000,000 rows and 20 columns inflates to about
1 GB at a ratio of 10 to 40, and even one text repeated in every row stays below 100, where deflate can reach 1,032.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from copy import copy
from typing import BinaryIO
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError
from xml.parsers import expat

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hotline_batch.language.words import words
from hotline_batch.sheets.refusals import damaged, locked, suspicious

MOST_ENTRIES = 10_000
MOST_INFLATED_BYTES = 2 * 1024**3
RATIO_IS_JUDGED_FROM_BYTES = 100 * 1024**2
LARGEST_RATIO = 200
# A cell holds 32,767 characters at most, each of them ten bytes at most as XML.
LONGEST_RUN_WITHOUT_TAG_BYTES = 4 * 1024**2
_LARGEST_SMALL_PART_BYTES = 32 * 1024**2
# Parsed at once: the elements of so small a piece fit into the processor's cache, which saves a quarter of the time.
_CHUNK_BYTES = 16 * 1024
_ENCRYPTED_FLAG = 1
_PLAIN_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii"}


def part_key(name: str) -> str:
    """The name under which a part is looked up: some programs write backslashes or other capitals."""
    return name.replace("\\", "/").lstrip("/").lower()


def open_zip(file: BinaryIO, name: str) -> zipfile.ZipFile:
    """The archive's directory. SheetError where there is none that can be read."""
    try:
        archive = zipfile.ZipFile(file)
    except Exception as error:
        raise damaged(name, words("its ZIP directory cannot be read; the file may be incomplete")) from error
    if len(archive.filelist) > MOST_ENTRIES:
        raise suspicious(name, words("it holds {count:,} parts", count=len(archive.filelist)))
    return archive


class Package:
    """The parts of one workbook. Nothing is written to disk, so names such as ``../x`` lead nowhere."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        self._archive = open_zip(file, name)
        self._parts: dict[str, zipfile.ZipInfo] = {}
        self._inflated_bytes: dict[str, int] = {}
        for info in self._archive.filelist:
            key = part_key(info.filename)
            if key in self._parts and not key.endswith("/"):
                raise damaged(name, words("it holds {filename} twice", filename=info.filename))
            self._parts[key] = info

    def __contains__(self, part: str) -> bool:
        return part_key(part) in self._parts

    def chunks(self, part: str) -> Iterator[bytes]:
        """The inflated bytes of a part, piece by piece. SheetError for bombs, and where they cannot be read."""
        info = self._parts.get(part_key(part))
        if info is None:
            raise damaged(self.name, words("its part {part} is missing", part=part))
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise locked(self.name)
        if info.file_size > RATIO_IS_JUDGED_FROM_BYTES and info.file_size > LARGEST_RATIO * info.compress_size:
            raise suspicious(
                self.name,
                words(
                    "its part {filename} inflates more than {times}-fold", filename=info.filename, times=LARGEST_RATIO
                ),
            )
        key, size = part_key(part), 0
        before = sum(bytes_ for other, bytes_ in self._inflated_bytes.items() if other != key)
        for chunk in self._inflated(info):
            size += len(chunk)
            self._inflated_bytes[key] = size
            if before + size > MOST_INFLATED_BYTES:
                raise suspicious(
                    self.name, words("it inflates to more than {most} GB", most=MOST_INFLATED_BYTES // 1024**3)
                )
            if size > info.file_size:
                raise suspicious(
                    self.name,
                    words("its part {filename} is larger than its ZIP directory says", filename=info.filename),
                )
            yield chunk

    def _inflated(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise damaged(self.name, words("its part {filename} is packed in a foreign way", filename=info.filename))
        # zipfile would stop where the directory says that the part ends; the true end is wanted, and its checksum.
        to_the_end = copy(info)
        to_the_end.file_size = MOST_INFLATED_BYTES + _CHUNK_BYTES
        try:
            with self._archive.open(to_the_end) as file:
                while chunk := file.read(_CHUNK_BYTES):
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error) as error:
            raise damaged(self.name, words("its part {filename} cannot be unpacked", filename=info.filename)) from error

    def xml_chunks(self, part: str) -> Iterator[bytes]:
        """The same of a part in XML, each piece looked at before it is parsed. SheetError for entities and damage."""
        prolog = _Prolog(self.name, part)
        run = 0
        for chunk in self.chunks(part):
            prolog.look_at(chunk)
            first, last = chunk.find(b"<"), chunk.rfind(b"<")
            run += len(chunk) if first < 0 else first
            if run > LONGEST_RUN_WITHOUT_TAG_BYTES:
                raise suspicious(
                    self.name, words("its part {part} holds a text of more than four million characters", part=part)
                )
            if last >= 0:
                run = len(chunk) - last
            yield chunk

    def xml(self, part: str) -> Element:
        """A small part, parsed. SheetError where it is missing, too large, not XML or declares entities."""
        data = bytearray()
        for chunk in self.chunks(part):
            data += chunk
            if len(data) > _LARGEST_SMALL_PART_BYTES:
                raise suspicious(self.name, words("its part {part} is larger than any workbook's", part=part))
        try:
            root: Element = fromstring(bytes(data), forbid_dtd=True)
        except DefusedXmlException as error:
            raise suspicious(self.name, words("its part {part} declares XML entities", part=part)) from error
        except (ParseError, ValueError, LookupError) as error:
            raise damaged(self.name, words("its part {part} is not valid XML", part=part)) from error
        return root

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part refers to, by id: the last word of the relation's type, and its target as written."""
        folder, file = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{file}.rels")
        if path not in self:
            return {}
        return {
            relation.get("Id", ""): (relation.get("Type", "").rpartition("/")[2], relation.get("Target", ""))
            for relation in self.xml(path)
        }

    def path(self, part: str, target: str) -> str:
        """The part that another part's target means: from the root or from that part's folder, ``%20`` for a blank."""
        target = target.replace("\\", "/")
        found = posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target)).lstrip("/")
        return found if found in self else unquote(found)


class _Prolog:
    """What stands before the root of one part: no document type, no foreign encoding."""

    def __init__(self, name: str, part: str) -> None:
        self._name = name
        self._part = part
        self._is_over = False
        self._parser = expat.ParserCreate()
        self._parser.XmlDeclHandler = self._declaration
        self._parser.StartDoctypeDeclHandler = self._document_type
        self._parser.StartElementHandler = self._root

    def look_at(self, chunk: bytes) -> None:
        if self._is_over:
            return
        if chunk.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")):
            raise suspicious(self._name, words("its part {part} is not written in UTF-8", part=self._part))
        try:
            self._parser.Parse(chunk, False)
        except expat.ExpatError as error:
            if not self._is_over:
                raise damaged(self._name, words("its part {part} is not valid XML", part=self._part)) from error

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:  # noqa: ARG002 - expat's order
        if encoding is not None and encoding.lower() not in _PLAIN_ENCODINGS:
            raise suspicious(
                self._name, words("its part {part} is written in {encoding}", part=self._part, encoding=encoding[:20])
            )

    def _document_type(self, *_: object) -> None:
        raise suspicious(self._name, words("its part {part} declares XML entities", part=self._part))

    def _root(self, *_: object) -> None:
        self._is_over = True
        self._parser.StartElementHandler = None
