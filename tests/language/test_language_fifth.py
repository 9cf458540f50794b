"""One file makes a fifth language: on the terminal, on the page, in the workbook and in the report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import html
from openpyxl import load_workbook

from hotline_batch.cli.main import main
from hotline_batch.language import languages as known
from hotline_batch.language.words import catalogue_of
from tests.support.ledgers.finished_runs import send_list
from tests.support.page.page_server import PageServer
from tests.support.service.hostile_server import HostileServer

SENTENCES = {
    "Results": "Wyniki",
    "Summary": "Podsumowanie",
    "Send a sheet": "Wyślij tabelę",
    "finished": "zakończony",
    "What became of the rows": "Co stało się z wierszami",
}


@pytest.fixture
def polish(fresh_machine: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue of Polish, which says little."""
    file = fresh_machine / "catalogues" / "pl" / "LC_MESSAGES" / "hotline_batch.po"
    file.parent.mkdir(parents=True)
    said = "\n\n".join(f'msgid "{english}"\nmsgstr "{polish}"' for english, polish in SENTENCES.items())
    file.write_text(f'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n{said}\n', "utf-8")
    monkeypatch.setattr(known, "CATALOGUES", fresh_machine / "catalogues")
    for kept in (known.languages, catalogue_of):
        kept.cache_clear()
    yield
    for kept in (known.languages, catalogue_of):
        kept.cache_clear()


@pytest.mark.usefixtures("polish")
def test_every_face_speaks_it(fresh_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the catalogue lacks is said in English."""
    with HostileServer() as server:
        for name, value in server.credentials.environment(server.url).items():
            monkeypatch.setenv(name, value)
        run = send_list(server, fresh_machine).run
    monkeypatch.setenv("LC_ALL", "pl_PL.UTF-8")
    command = CliRunner()

    shown = command.invoke(main, ["runs", "show", run, "--language", "pl"]).output
    command.invoke(main, ["results", run, "-o", "wyniki.xlsx", "--language", "pl"])
    command.invoke(main, ["report", run, "-o", "raport.html", "--language", "pl"])
    with PageServer(fresh_machine / "page") as served:
        page = html.fromstring(served.browser().get("/", accept_language="pl").text)
    report = (fresh_machine / "raport.html").read_text("utf-8")

    assert "zakończony" in shown
    assert {"Wyniki", "Podsumowanie"} <= set(load_workbook(fresh_machine / "wyniki.xlsx").sheetnames)
    assert '<html lang="pl">' in report
    assert "Co stało się z wierszami" in report
    assert ("pl", "Wyślij tabelę") == (page.get("lang"), page.findtext(".//h1"))
    assert "Polski" in page.text_content()
