"""The parts of a workbook as text, for files that no spreadsheet program would write."""

from __future__ import annotations

from collections.abc import Mapping

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def worksheet_xml(rows: str, after: str = "", before: str = "") -> str:
    """The XML of a worksheet with these rows; ``before`` stands before the root, ``after`` behind the rows."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<worksheet xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheetData>{rows}</sheetData>{after}</worksheet>"
    )


def text_cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def relations_xml(relations: str) -> str:
    return f'<Relationships xmlns="{_RELATIONS}">{relations}</Relationships>'


def workbook_parts(worksheets: Mapping[str, str], states: Mapping[str, str], active: int) -> dict[str, str | bytes]:
    """The parts of a workbook with these worksheets, by name."""
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{i}" state="{states.get(name, "visible")}" r:id="rId{i}"/>'
        for i, name in enumerate(worksheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(worksheets) + 1)
    )
    office = f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    views = f'<bookViews><workbookView activeTab="{active}"/></bookViews>'
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations_xml(office),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{views}<sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations_xml(links),
    }
    for i, xml in enumerate(worksheets.values(), 1):
        parts[f"xl/worksheets/sheet{i}.xml"] = xml
    return parts
