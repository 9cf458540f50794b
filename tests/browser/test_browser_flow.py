"""A German CRM export goes from the upload to its downloaded result, by somebody who has never seen a terminal."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.crm_export import HEADER_ROW, faulty_rows, hidden_rows, write_crm_export
from tests.browser.looks import barriers, cut_off
from tests.browser.visitor import DESK, TELEPHONE, Visitor
from tests.browser.walk import answer, download, hand_in, practise, send, wait_for_end, wait_until_read, write_text

WAYS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": DESK},
    "desk in the dark": {"viewport": DESK, "color_scheme": "dark"},
    "telephone": {"viewport": TELEPHONE, "has_touch": True},
    "without JavaScript": {"viewport": DESK, "java_script_enabled": False},
    "telephone without JavaScript": {"viewport": TELEPHONE, "java_script_enabled": False},
}
# What would send a person elsewhere: a command, an option, a terminal.
ELSEWHERE = re.compile(r"hotline-batch\s+\w|(?<![\w-])--\w|\bterminal\b|\bcommand line\b|\.toml\b", re.IGNORECASE)


@pytest.mark.parametrize("way", WAYS)
def test_crm_export_goes_from_the_upload_to_the_result(
    admitted: Callable[..., Visitor], tmp_path: Path, way: str
) -> None:
    """Title row, hidden rows, six faulty rows; not a word leads elsewhere, and no screen shuts anybody out."""
    page = admitted(**WAYS[way]).page
    has_script = WAYS[way].get("java_script_enabled", True)
    sheet = write_crm_export(tmp_path / "CRM-Export März.xlsx")

    def look() -> None:
        assert not ELSEWHERE.search(page.locator("body").inner_text())
        if has_script:
            assert [] == barriers(page), page.url
            assert [] == cut_off(page), page.url

    practise(page)
    look()
    hand_in(page, sheet)
    look()
    answer(page, "Leave them out")
    answer(page, "Yes, row 3 names them")
    look()
    write_text(page)
    look()
    expect(page.locator("main")).to_contain_text("6 of 40 rows cannot be sent.")
    expect(page.locator("table.faulty tbody th")).to_have_text(list(map(str, faulty_rows())))
    expect(page.locator("#preview")).to_contain_text("Hallo Jürgen Müller, neuer Status: Bestätigt.")
    page.get_by_label("Leave the 6 faulty rows out").check()
    send(page, "Send 30 messages in practice")
    verdict = wait_for_end(page)
    look()

    assert verdict == "30 of 36 delivered, 6 need a look"
    results = rows_below_the_title(download(page, "Workbook (XLSX)", tmp_path))
    assert {"sent": 30, "invalid": 6, "skipped": 4} == Counter(row["hotline_status"] for row in results)
    by_status = {status: [int(row["hotline_row"]) for row in results if row["hotline_status"] == status]
                 for status in ("invalid", "skipped")}  # fmt: skip
    assert {"invalid": faulty_rows(), "skipped": hidden_rows()} == by_status
    assert "Hallo Jürgen Müller, neuer Status: Bestätigt." == results[0]["hotline_message"]
    report = download(page, "Report", tmp_path).read_text("utf-8")
    assert "Practice: 30 of 36 delivered, 6 need a look" in report


def test_everything_can_be_done_by_keyboard(admitted: Callable[..., Visitor], tmp_path: Path) -> None:
    """Each button and field is reached by Tab, in the order of the page, and shows that it is."""
    page = admitted().page
    sheet = write_crm_export(tmp_path / "export.xlsx", 12)

    press(page, "Practice")
    page.get_by_text("nothing on this page is sent for real").wait_for()
    reach(page, "The sheet")
    page.locator("input[type=file]").set_input_files(sheet)  # the window for files is the system's own
    press(page, "Check the sheet")
    page.get_by_role("heading", name=sheet.name).wait_for()
    press(page, "Yes, row 3 names them")
    press(page, "Leave it out")
    press(page, "A text of your own", stays=True)
    reach(page, "The text")
    page.keyboard.type("Hallo ")
    press(page, "Vorname", stays=True)
    page.keyboard.type(": ")
    press(page, "Status", stays=True)
    expect(page.get_by_role("textbox", name="The text")).to_have_value("Hallo {{ Vorname }}: {{ Status }}")
    press(page, "Use this text")
    reach(page, "Leave the 2 faulty rows out")
    page.keyboard.press("Space")
    press(page, "Send 9 messages in practice")

    assert wait_for_end(page) == "9 of 11 delivered, 2 need a look"


def rows_below_the_title(path: Path) -> list[dict[str, str]]:
    """A result keeps the title above its header."""
    lines = [["" if value is None else str(value) for value in line] for line in load_workbook(path)["Results"].values]
    header, *rows = lines[HEADER_ROW - 1 :]
    return [dict(zip(header, row, strict=True)) for row in rows]


def press(page: Page, words: str, *, stays: bool = False) -> None:
    """Tab to what is named so, and press Enter; a page comes unless it ``stays``."""
    reach(page, words)
    if stays:
        page.keyboard.press("Enter")
        return
    with page.expect_navigation():
        page.keyboard.press("Enter")
    wait_until_read(page)


def reach(page: Page, words: str) -> None:
    """Press Tab until what has the focus is named so, and shows it."""
    seen = []
    for _ in range(80):
        page.keyboard.press("Tab")
        name, is_shown = page.evaluate(_FOCUSED)
        if name.startswith(words):
            assert is_shown, f"nothing shows that '{name}' has the focus"
            return
        seen.append(name)
    raise AssertionError(f"'{words}' was not reached: {seen}")


_FOCUSED = """() => {
  const element = document.activeElement;
  const named = element.labels && element.labels.length ? element.labels[0].innerText : element.innerText;
  const around = element.closest('.choice, .drop') || element;
  const shows = [element, around].some((each) => getComputedStyle(each).outlineStyle !== 'none');
  return [(element.getAttribute('aria-label') || named || '').trim(), shows];
}"""
