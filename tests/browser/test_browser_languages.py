"""The whole way in German and in Russian: upload, questions, faulty rows, preview, sending, result, report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page

from tests.browser.crm_export import cells_of_crm_export, write_crm_export
from tests.browser.other_language import OtherLanguage
from tests.browser.visitor import TELEPHONE, Visitor
from tests.browser.walk import PATIENCE_SECONDS, TEXT, download, press


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
    "es": Way(
        practice="Práctica",
        sheet="La tabla",
        check="Comprobar la tabla",
        leave_out="Omitirlas",
        header="Sí, los nombra la fila 3",
        own_text="Un texto propio",
        text="El texto",
        use="Usar este texto",
        leave_faulty_out="Omitir 6 filas defectuosas",
        send="Enviar 30 mensajes en práctica",
        verdict="30 de 36 entregados, 6 por revisar",
        workbook="Libro (XLSX)",
        report="Informe",
        worksheets=["Resultados", "Resumen", "Problemas"],
        told_in_report="Qué fue de las filas",
        pages={"/runs": "Ejecuciones", "/templates": "Plantillas", "/connections": "Conexiones", "/help": "Ayuda"},
    ),
}
# What the sheet holds, and what the service, the program and the machine call themselves.
NAMES = frozenset({*cells_of_crm_export(), "Hotline batch", "Hotline", "Export.xlsx", "root"})


@pytest.mark.parametrize("language", WAYS)
def test_the_whole_way_is_gone_in_another_language(
    admitted: Callable[..., Visitor], tmp_path: Path, language: str
) -> None:
    """On a telephone; not one English sentence, nothing cut off, nobody shut out. The workbook and the report too."""
    way = WAYS[language]
    page = admitted(viewport=TELEPHONE, has_touch=True, locale=language).page
    page.reload()

    reader = OtherLanguage(language, NAMES)
    found: list[str] = []

    def look(name: str) -> None:
        found.extend(reader.look(page, name))

    look("start")
    press(page, page.get_by_role("switch", name=way.practice))
    page.get_by_label(way.sheet, exact=True).set_input_files(write_crm_export(tmp_path / "Export.xlsx"))
    press(page, page.get_by_role("button", name=way.check))
    page.get_by_role("heading", name="Export.xlsx").wait_for(timeout=PATIENCE_SECONDS * 1000)
    look("questions")
    _answer(page, way.leave_out)
    _answer(page, way.header)
    page.get_by_text(way.own_text, exact=True).click()
    page.get_by_role("textbox", name=way.text, exact=True).fill(TEXT)
    _answer(page, way.use)
    look("checked")
    page.get_by_label(way.leave_faulty_out).check()
    press(page, page.get_by_role("button", name=way.send))
    page.wait_for_url("**/runs/*")
    page.locator("h1.verdict").wait_for(timeout=PATIENCE_SECONDS * 1000)
    look("ended")
    verdict = page.locator("h1").inner_text()
    book = load_workbook(download(page, way.workbook, tmp_path))
    report = download(page, way.report, tmp_path).read_text("utf-8")
    origin = page.url.partition("/runs/")[0]
    _correct(page, reader, look)
    for address, heading in way.pages.items():
        page.goto(f"{origin}{address}")
        assert heading == page.locator("h1").inner_text()
        look(address.strip("/"))

    assert [] == found, "\n".join(found)
    assert way.verdict == verdict
    assert way.worksheets == book.sheetnames
    assert f'<html lang="{language}">' in report
    assert way.told_in_report in report


def _correct(page: Page, reader: OtherLanguage, look: Callable[[str], None]) -> None:
    """A correction of the run: one without a text, one that fits no column, one that is seen and sent."""
    correct = page.get_by_role("button", name=reader("Send a correction…")).or_(
        page.get_by_role("link", name=reader("Send a correction…"))
    )
    press(page, correct)
    text, see = page.locator("#text"), page.get_by_role("button", name=reader("See to whom it goes"))
    press(page, see)
    look("correct-nothing")
    text.fill("{{ Ort }}")
    press(page, see)
    look("correct-no-column")
    text.fill("Entschuldigung, {{ Vorname }}: {{ Liefertermin|date }}.")
    press(page, see)
    page.locator(".messages-seen").wait_for()
    look("correct-seen")
    press(page, page.locator(".big-button"))
    page.locator("h1.verdict").wait_for(timeout=PATIENCE_SECONDS * 1000)
    look("correct-ended")


def _answer(page: Page, words: str) -> None:
    press(page, page.get_by_role("button", name=words).first)
