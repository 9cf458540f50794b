"""What else is installed beside the program changes nothing: openpyxl and pygal use lxml as soon as it is there."""

from __future__ import annotations

import pytest
from openpyxl import load_workbook

from tests.support.processes.journey import FAST, Machine, people, statuses
from tests.support.service.hostile_server import HostileServer

SHEET = [*people(6), (0, "No such user")]


@pytest.mark.parametrize("is_used", [True, False])
def test_lxml(connected: Machine, server: HostileServer, is_used: bool) -> None:
    """Every kind of file comes out with lxml and without: results with links, the page, the sheet to mend."""
    connected.environment |= {"OPENPYXL_LXML": str(is_used), "NO_LXML": "" if is_used else "1"}
    connected.write_sheet("sheet.csv", SHEET)

    sent = connected.run("send", "sheet.csv", "--yes", "-o", "result.xlsx", *FAST)
    checked = connected.run("check", "sheet.csv", "--for", "send", "-o", "mend.xlsx")
    reported = connected.run("report", connected.newest_run(), "-o", "page.html")

    assert ["sent"] * 6 + ["invalid"] == statuses(connected.read("result.xlsx")), sent.stderr
    lines = load_workbook(connected.folder / "result.xlsx")["Results"].iter_rows()
    assert 6 == sum(cell.hyperlink is not None for line in lines for cell in line)
    assert 1 == checked.exit_code, checked.stderr
    assert 8 == load_workbook(connected.folder / "mend.xlsx").worksheets[0].max_row
    assert 0 == reported.exit_code, reported.stderr
    assert "<svg" in (connected.folder / "page.html").read_text("utf-8")
