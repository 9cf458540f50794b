"""The page in the reader's language: which it is, how it is chosen, and no word that escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import html
from openpyxl import load_workbook

from hotline_batch.issues.words import RECORDS
from tests.browser.crm_export import write_crm_export
from tests.support.ledgers.finished_runs import send_list
from tests.support.page.page_forms import hand_in
from tests.support.page.page_server import Answer, Browser
from tests.support.pseudo_language import escaped, speak_in_brackets
from tests.support.service.hostile_server import HostileServer

# Codes, columns, names of people, files and settings; what the service and the program call themselves.
KNOWN = {
    *("Hotline batch", "Hotline", "user_id", "message", "CSV", "XLSX", "list.csv", "CRM.xlsx", "root", "default"),
    *("Ada Lovelace", "Grace Hopper", "Радия Перлман", "Ágnes Nagy", "<b>Bold</b>", "José García", "Nobody", "Hallo"),
    *("Kunden-ID", "Vorname", "Nachname", "Liefertermin", "Betrag", "Telefon", "Kundenexport CRM, Stand 22.11.2026"),
    *("Export", "Name", "Status", "Order", "Amount", "Due", "status_update", "payment_reminder", "follow_up", "@vm"),
    *RECORDS,
}
# The templates that came along are texts of their own, and so are the values of settings.
WORK_OF_OTHERS = re.compile(r"Needs the columns: .*|[a-z_. ]+ = .*|requests \d.*|Linux-.*|.*\{[{%#].*|may be blank.*")
# Addresses, paths, references to keys, and what the service said.
_TYPED = re.compile(r"https?://\S+|[\w.-]*/[\w./-]*|env:…|Forbidden: bot was blocked by the user")


@pytest.mark.parametrize(
    ("accepted", "language", "heading"),
    [("de-DE,de;q=0.9,en;q=0.8", "de", "Eine Tabelle senden"), ("ru", "ru", "Отправить таблицу"),
     ("es-MX", "es", "Enviar una tabla"), ("fr", "en", "Send a sheet"), ("", "en", "Send a sheet")],
)  # fmt: skip
def test_a_page_is_in_the_language_of_the_browser(browser: Browser, accepted: str, language: str, heading: str) -> None:
    """It says so to readers of screens."""
    page = html.fromstring(browser.get("/", accept_language=accepted).text)

    assert language == page.get("lang")
    assert heading == page.findtext(".//h1")


def test_another_language_is_chosen_at_the_foot_of_every_page(browser: Browser) -> None:
    """The browser comes back to where it was, and remembers it; what it wishes for itself weighs less."""
    offered = html.fromstring(browser.get("/runs?kind=send").text).xpath("//form[@class='languages']")[0]
    back = browser.post("/language", [*offered.form_values(), ("language", "ru")])

    page = html.fromstring(browser.get(back.headers["location"], accept_language="de").text)

    assert (303, "/runs?kind=send") == (back.status, back.headers["location"])
    assert "ru" == page.get("lang")
    assert ["Русский"] == page.xpath("//button[@aria-pressed='true']/text()")


def test_message_goes_out_in_the_language_in_which_it_was_seen(service: HostileServer, browser: Browser) -> None:
    """Amounts are written as the reader's language does; whoever chose another one since sees them anew first."""
    browser.post("/language", {"language": "de", "back": "/"})
    page = hand_in(browser, "list.csv", b"user_id;Betrag\n987654321;1234.5\n")
    page = page.fill("own_text", "{{ Betrag|euro }}").press("Diesen Text verwenden")
    assert "1.234,50" in page.words
    browser.post("/language", {"language": "en", "back": "/"})

    refused = page.press("1 Nachricht senden")

    assert "Something changed since you looked" in refused.words
    assert "1,234.50" in refused.words
    assert [] == service.applied
    assert "Send 1 message" in refused.buttons


def test_times_of_attempts_are_written_as_the_reader_writes_numbers(
    fresh_machine: Path, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HostileServer() as service:
        for name, value in service.credentials.environment(service.url).items():
            monkeypatch.setenv(name, value)
        run = send_list(service, fresh_machine, {}).run

    told = [html.fromstring(browser.get(f"/runs/{run}/rows/2", accept_language=each).text) for each in ("de", "ru")]

    took = [page.xpath("//main//tbody/tr[1]/td[2]/text()")[0] for page in told]
    assert all(re.fullmatch(f"[0-9]+,[0-9] {unit}", each) for each, unit in zip(took, ("s", "с"), strict=True)), took


@pytest.mark.parametrize(
    "fields", [{"language": "klingon", "back": "/"}, {"language": "de", "back": "//evil.example/"}]
)
def test_a_choice_leads_nowhere_else(browser: Browser, fields: dict[str, str]) -> None:
    """Neither to another host nor to a language that is not there."""
    answer = browser.post("/language", fields)

    assert (303, "/") == (answer.status, answer.headers["location"])
    assert "klingon" not in browser.cookies.values()


def words_of(answer: Answer) -> Iterator[str]:
    """What is read on a page, or read out; not what people wrote."""
    page = html.fromstring(answer.text)
    for element in page.xpath("//script | //style | //*[@class='languages'] | //code | //pre | //*[@class='message']"):
        element.drop_tree()
    yield from page.xpath("//@aria-label | //@placeholder | //@data-name | //img/@alt")
    yield from (text for text in page.xpath("//text()") if text.strip())


def left_over(answer: Answer, known: set[str]) -> list[str]:
    """Lines with words that stand in no sentence of the catalogues."""
    return [line for line in escaped("\n".join(words_of(answer)), known, _TYPED) if not WORK_OF_OTHERS.fullmatch(line)]


def test_no_word_of_any_page_escapes(
    service: HostileServer, browser: Browser, fresh_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On every page that links lead to."""
    send_list(service, fresh_machine, {3: "close_unanswered_applied", 4: "blocked_by_user_403"})
    speak_in_brackets(monkeypatch)
    found: dict[str, list[str]] = {}
    waiting = ["/", "/connections/look"]
    seen: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address in seen or not address.startswith("/") or "/static/" in address or "." in address:
            continue
        seen.add(address)
        answer = browser.get(address) if "look" not in address else browser.post(address)
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        waiting += [re.sub("[⟦⟧]|#.*", "", link) for link in html.fromstring(answer.text).xpath("//a/@href")]
        if left := left_over(answer, KNOWN):
            found[address] = left

    assert {} == found, "\n".join(f"{place}: {line}" for place, lines in found.items() for line in lines)
    assert len(seen) > 20


def test_no_word_of_a_sheet_escapes(
    service: HostileServer, browser: Browser, fresh_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the upload over its questions, faulty rows and preview to the button."""
    sheet = write_crm_export(fresh_machine / "CRM.xlsx")
    speak_in_brackets(monkeypatch)
    page = hand_in(browser, sheet.name, sheet.read_bytes())
    seen = [page]
    for answer in ("⟦Leave them out", "⟦Yes, row"):
        page = page.press(answer)
        seen.append(page)
    text = "Hallo {{ Vorname }}, neuer Status: {{ Status }}."
    seen.append(page.fill("own_text", text).press("⟦Use this text"))

    cells = {str(cell) for row in load_workbook(sheet).active.iter_rows(values_only=True) for cell in row if cell}
    found = [line for each in seen for line in left_over(each.answer, KNOWN | cells)]

    assert [] == found, "\n".join(found)
    assert "⟦Leave the" in seen[-1].words
