"""What was written in one language is understood in every other: result sheets and marked sheets, handed in again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline_batch.cli.main import main
from hotline_batch.language.languages import languages
from tests.support.ledgers.finished_runs import send_list
from tests.support.service.hostile_server import HostileServer

WRITTEN = ("results.xlsx", "results.csv", "marked.xlsx")


@pytest.fixture
def service(fresh_machine: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileServer]:
    """A service, and the settings that name it."""
    with HostileServer() as server:
        for name, value in server.credentials.environment(server.url).items():
            monkeypatch.setenv(name, value)
        yield server


def read(sheet: Path, language: str) -> dict[str, object]:
    """What a check makes of a sheet, but for its sentences."""
    done = CliRunner().invoke(main, ["check", str(sheet), "--for", "send", "--json", "--language", language])
    assert done.stdout.startswith("{"), (sheet.name, language, done.output)
    found = json.loads(done.stdout)
    told = {name: found[name] for name in ("rows", "usable", "invalid", "skipped", "mapping", "codes")}
    return told | {"problems": [(each["row"], each["code"]) for each in found["problems"]]}


@pytest.mark.parametrize("written", languages())
def test_what_one_language_wrote_is_the_same_sheet_in_every_other(
    written: str, service: HostileServer, fresh_machine: Path
) -> None:
    """Sent rows are left out, failed ones are to be sent, rows in doubt and unusable ones stay what they are."""
    summary = send_list(service, fresh_machine, {3: "close_unanswered_applied", 4: "blocked_by_user_403"})
    run = CliRunner()
    for name in WRITTEN[:2]:
        done = run.invoke(main, ["results", summary.run, "-o", str(fresh_machine / name), "--language", written])
        assert done.exit_code in {0, 1}, done.output
    run.invoke(main, ["check", "list.csv", "-o", str(fresh_machine / WRITTEN[2]), "--language", written])

    for name in WRITTEN:
        found = {language: read(fresh_machine / name, language) for language in languages()}

        assert found[written]["rows"] == 7, name
        assert [found["en"]] * len(found) == list(found.values()), name
    sheet = read(fresh_machine / WRITTEN[1], "en")
    assert {"already_sent", "possibly_sent"} <= set(sheet["codes"]), sheet  # type: ignore[call-overload]


def test_a_result_is_sent_again_whatever_language_its_reader_has(service: HostileServer, fresh_machine: Path) -> None:
    """Only the row that certainly did not arrive goes out, once, whoever sends the German sheet."""
    summary = send_list(service, fresh_machine, {3: "close_unanswered_applied", 4: "blocked_by_user_403"})
    run = CliRunner()
    run.invoke(main, ["results", summary.run, "-o", "ergebnis.xlsx", "--language", "de"])
    before = len(service.applied)

    for language in ("ru", "es", "en"):
        done = run.invoke(main, ["send", "ergebnis.xlsx", "--yes", "-o", f"{language}.csv", "--language", language])
        assert done.exit_code in {0, 1}, done.output

    assert 1 == len(service.applied) - before
    assert re.search("[А-я]", (fresh_machine / "ru.csv").read_text("utf-8-sig"))
