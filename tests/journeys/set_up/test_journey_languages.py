"""The whole way of a sheet in German and in Russian, by the program itself: plurals, questions and refusals."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.support.processes.journey import FAST, PATIENCE_SECONDS, Machine, people
from tests.support.processes.terminal import said_to_a_person
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer

SHEET = people(21)


@pytest.fixture
def doubtful(connected: Machine, server: HostileServer) -> Callable[[str], tuple[Machine, str, str]]:
    """Sends 21 messages in a language: one is refused, two are in doubt. The machine, the run, what was said."""

    def sent(language: str) -> tuple[Machine, str, str]:
        connected.environment["LC_ALL"] = language
        connected.write_sheet("liste.csv", SHEET)
        for at in (2, 3):
            server.fault_for(SHEET[at][0], named("close_unanswered_applied"))
        server.fault_for(SHEET[5][0], named("error_in_200"))
        ended = connected.run("send", "liste.csv", "--yes", "-o", "out.xlsx", *FAST)
        assert 3 == ended.exit_code, ended.stderr
        return connected, connected.newest_run(), ended.stdout + ended.stderr

    return sent


def worksheets(path: Path) -> list[str]:
    return list(load_workbook(path).sheetnames)


def test_the_whole_way_in_german(doubtful: Callable[[str], tuple[Machine, str, str]]) -> None:
    """By the variable of the system."""
    machine, run, said = doubtful("de_DE.UTF-8")

    checked = machine.run("check", "liste.csv", "--for", "send").stdout
    shown = machine.run("runs", "show", run).stdout
    settled = machine.run("resolve", run, "--rows", "4", "--delivered", "--yes", "--note", "gesehen").stdout
    machine.run("report", run, "-o", "bericht.html")
    refused = machine.run("send", "fehlt.csv").stderr
    mistyped = machine.run("snd").stderr

    assert "18 von 21 zugestellt" in said
    assert "Ergebnis: out.xlsx" in said
    assert "21 Zeilen" in checked
    assert "beendet" in shown
    assert "19 von 21 zugestellt" in settled
    assert '<html lang="de">' in (machine.folder / "bericht.html").read_text("utf-8")
    assert ["Ergebnisse", "Übersicht", "Probleme"] == worksheets(machine.folder / "out.xlsx")
    assert refused.startswith("Fehler: ")
    assert "Es gibt keinen Befehl" in mistyped
    assert "Meinten Sie" in mistyped


def test_the_whole_way_in_russian(doubtful: Callable[[str], tuple[Machine, str, str]]) -> None:
    """With the forms of 1, 2, 5 and 21; the option weighs more than the system."""
    machine, run, said = doubtful("ru_RU.UTF-8")

    def look(*more: str) -> str:
        return machine.run("check", "liste.csv", "--for", "send", "--duplicate-window", "0", *more).stdout

    rows = {count: look("--limit", str(count)) for count in (1, 2, 5)} | {21: look()}
    listed = machine.run("runs", "list").stdout
    english = machine.run("runs", "show", run, "--language", "en").stdout
    refused = machine.run("send", "liste.csv", "--rate").stderr

    assert "18 из 21" in said
    for count, form in ((1, "1 строка к"), (2, "2 строки к"), (5, "5 строк к"), (21, "21 строка к")):
        assert form in rows[count], rows[count]
    assert "завершён" in listed
    assert "finished" in english
    assert refused.startswith("Ошибка: ")
    assert "нужно значение" in refused
    assert ["Результаты", "Сводка", "Проблемы"] == worksheets(machine.folder / "out.xlsx")


@pytest.mark.parametrize(
    ("language", "question", "answer"),
    [("de", "[j/N]: ", "ja"), ("ru", "[д/Н]: ", "Да"), ("es", "[s/N]: ", "sí"), ("de", "[j/N]: ", "y")],
)
def test_a_question_is_answered_in_the_readers_language(
    language: str, question: str, answer: str, connected: Machine, server: HostileServer
) -> None:
    """And in the letters that everybody knows."""
    connected.write_sheet("liste.csv", SHEET[:1])

    said_to_a_person(
        [sys.executable, "-m", "hotline_batch", "send", "liste.csv", "--language", language, "-o", "out.csv"],
        connected.folder,
        connected.environment,
        patience_seconds=PATIENCE_SECONDS,
        answers=[(question, answer)],
    )

    assert [SHEET[0][1]] == server.applied_for(SHEET[0][0])
