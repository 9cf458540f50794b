"""The whole way in German and in Russian: upload, questions, faulty rows, preview, sending, result, report."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page

from tests.browser.crm_export import write_crm_export
from tests.browser.looks import barriers, cut_off
from tests.browser.visitor import TELEPHONE, Visitor
from tests.browser.walk import PATIENCE_SECONDS, TEXT, download

PICTURES = os.environ.get("HOTLINE_TESTS_KEEP_PICTURES", "")
"""A folder for pictures of every screen, for whoever looks at them."""


@dataclass(frozen=True, slots=True)
class Way:
    """What is pressed and read, in one language."""

    practice: str
    sheet: str
    check: str
    leave_out: str
    header: str
    own_text: str
    text: str
    use: str
    leave_faulty_out: str
    send: str
    verdict: str
    workbook: str
    report: str
    worksheets: list[str]
    told_in_report: str
    pages: dict[str, str]


WAYS = {
    "de": Way(
        practice="Übung",
        sheet="Die Tabelle",
        check="Tabelle prüfen",
        leave_out="Auslassen",
        header="Ja, Zeile 3 benennt sie",
        own_text="Ein eigener Text",
        text="Der Text",
        use="Diesen Text verwenden",
        leave_faulty_out="6 fehlerhafte Zeilen auslassen",
        send="30 Nachrichten zur Übung senden",
        verdict="30 von 36 zugestellt, 6 brauchen einen Blick",
        workbook="Arbeitsmappe (XLSX)",
        report="Bericht",
        worksheets=["Ergebnisse", "Übersicht", "Probleme"],
        told_in_report="Was aus den Zeilen wurde",
        pages={"/runs": "Läufe", "/templates": "Vorlagen", "/connections": "Verbindungen", "/help": "Hilfe"},
    ),
    "ru": Way(
        practice="Тренировка",
        sheet="Таблица",
        check="Проверить таблицу",
        leave_out="Пропустить их",
        header="Да, в строке 3",
        own_text="Собственный текст",
        text="Текст",
        use="Использовать этот текст",
        leave_faulty_out="Пропустить 6 непригодных строк",
        send="Отправить для тренировки: 30 сообщений",
        verdict="Доставлено 30 из 36, 6 требуют внимания",
        workbook="Книга (XLSX)",
        report="Отчёт",
        worksheets=["Результаты", "Сводка", "Проблемы"],
        told_in_report="Что стало со строками",
        pages={"/runs": "Запуски", "/templates": "Шаблоны", "/connections": "Подключения", "/help": "Справка"},
    ),
}
# English words that no screen of another language may hold; codes and names are not among them.
ENGLISH = re.compile(r"\b(?:the|and|of|row|rows|sheet|messages|send|sent|nothing|what|with|is|are|your)\b")

# What stands in quotation marks is called so elsewhere, such as a menu of Telegram.
NAMES_OF_OTHERS = re.compile("[„«][^“»]*[“»]")


@pytest.mark.parametrize("language", WAYS)
def test_the_whole_way_is_gone_in_another_language(
    admitted: Callable[..., Visitor], tmp_path: Path, language: str
) -> None:
    """On a telephone; not one English sentence, nothing cut off, nobody shut out. The workbook and the report too."""
    way = WAYS[language]
    page = admitted(viewport=TELEPHONE, has_touch=True, locale=language).page
    page.reload()

    def look(name: str) -> None:
        assert language == page.locator("html").get_attribute("lang")
        words = NAMES_OF_OTHERS.sub("", page.locator("body").inner_text())
        assert [] == ENGLISH.findall(words), words
        assert [] == barriers(page), page.url
        assert [] == cut_off(page), page.url
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{language}-{name}.png", full_page=True)

    look("start")
    page.get_by_role("switch", name=way.practice).click()
    page.wait_for_load_state()
    page.get_by_label(way.sheet, exact=True).set_input_files(write_crm_export(tmp_path / "Export.xlsx"))
    page.get_by_role("button", name=way.check).click()
    page.get_by_role("heading", name="Export.xlsx").wait_for(timeout=PATIENCE_SECONDS * 1000)
    look("questions")
    _answer(page, way.leave_out)
    _answer(page, way.header)
    page.get_by_text(way.own_text, exact=True).click()
    page.get_by_role("textbox", name=way.text, exact=True).fill(TEXT)
    _answer(page, way.use)
    look("checked")
    page.get_by_label(way.leave_faulty_out).check()
    page.get_by_role("button", name=way.send).click()
    page.wait_for_url("**/runs/*")
    page.locator("h1.verdict").wait_for(timeout=PATIENCE_SECONDS * 1000)
    look("ended")
    verdict = page.locator("h1").inner_text()
    book = load_workbook(download(page, way.workbook, tmp_path))
    report = download(page, way.report, tmp_path).read_text("utf-8")
    origin = page.url.partition("/runs/")[0]
    for address, heading in way.pages.items():
        page.goto(f"{origin}{address}")
        assert heading == page.locator("h1").inner_text()
        if address != "/templates":  # those that came along are texts of their own
            look(address.strip("/"))

    assert way.verdict == verdict
    assert way.worksheets == book.sheetnames
    assert f'<html lang="{language}">' in report
    assert way.told_in_report in report


def _answer(page: Page, words: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=words).first.click()
    page.wait_for_load_state()
    page.locator("[data-goes-on]").wait_for(state="hidden", timeout=PATIENCE_SECONDS * 1000)
