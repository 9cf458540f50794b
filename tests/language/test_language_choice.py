"""Whose language is spoken: wishes of systems and browsers, requests beside each other, a process as a whole."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from hotline_batch.cli.main import main
from hotline_batch.errors import SettingsError
from hotline_batch.language.languages import (
    language_of_reader,
    languages,
    meant_by,
    of_browser,
    of_environment,
    own_name,
    reading_in,
    speak,
)
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.process import language_of_process


def test_every_catalogue_is_a_language() -> None:
    """English, and whatever there is a catalogue of; each under its own name."""
    assert ("en", "de", "es", "ru") == languages()
    assert ["English", "Deutsch", "Español", "Русский"] == [own_name(language) for language in languages()]


@pytest.mark.parametrize(
    ("wish", "language"),
    [("de", "de"), ("de-AT", "de"), ("ru_RU.UTF-8", "ru"), ("es_MX@euro", "es"), ("EN", "en"), ("fr", None),
     ("C.UTF-8", None), ("", None), ("../de", None)],
)  # fmt: skip
def test_a_wish_means_a_language(wish: str, language: str | None) -> None:
    """Codes, locales of a system and wishes of a browser; what is not known means none."""
    assert language == meant_by(wish)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de"),
        ("fr-FR, ru;q=0.5, en;q=0.4", "ru"),
        ("en;q=0.1, es", "es"),
        ("de;q=0, en", "en"),
        ("de;q=nonsense", None),
        ("fr", None),
        ("", None),
    ],
)
def test_a_browser_is_taken_at_its_word(accepted: str, language: str | None) -> None:
    """What it prefers, of what there is."""
    assert language == of_browser(accepted)


def test_the_first_variable_that_is_set_counts() -> None:
    """As everywhere on a system; one whose language is not known means none, not the next variable's."""
    assert "de" == of_environment({"LANG": "de_DE.UTF-8"})
    assert "ru" == of_environment({"LC_ALL": "ru_RU", "LANG": "de_DE.UTF-8"})
    assert of_environment({"LC_ALL": "C", "LANG": "de_DE.UTF-8"}) is None
    assert "es" == of_environment({"LC_ALL": "", "LC_MESSAGES": "es_ES", "LANG": "de_DE"})


def test_variable_settings_file_and_system_weigh_in_this_order(fresh_machine: Path) -> None:
    """The variable of the program, then its settings, then the system's language, then English."""
    system = {"LANG": "es_ES.UTF-8"}
    file = fresh_machine / "hotline-batch.toml"
    assert "es" == language_of_process(environ=system)
    assert "en" == language_of_process(environ={})

    file.write_text('language = "ru"\n', "utf-8")

    assert "ru" == language_of_process(str(file), environ=system)
    assert "es" == language_of_process(str(file), environ=system, reads_file=False)
    assert "de" == language_of_process(str(file), environ={**system, "HOTLINE_BATCH_LANGUAGE": "de"})


def test_a_language_that_is_not_known_is_refused_by_the_settings(fresh_machine: Path) -> None:
    """The error names what can be written."""
    file = fresh_machine / "hotline-batch.toml"
    file.write_text('language = "klingon"\n', "utf-8")

    with pytest.raises(SettingsError, match=r"'klingon' is not known\. Write one of en, de, es, ru"):
        load_settings(config=str(file))


def test_requests_beside_each_other_keep_their_languages() -> None:
    """What one reads in is not heard by another, nor by the process."""
    met = threading.Barrier(2, timeout=120)

    def read(language: str) -> tuple[str, str]:
        with reading_in(language):
            met.wait()
            within = language_of_reader()
        return within, language_of_reader()

    with ThreadPoolExecutor(2) as readers:
        heard = list(readers.map(read, ["de", "ru"]))

    assert [("de", "en"), ("ru", "en")] == heard


def test_a_process_speaks_one_language_in_all_its_threads() -> None:
    """A command has one reader."""
    speak("de")

    with ThreadPoolExecutor(1) as other:
        assert "de" == other.submit(language_of_reader).result()


def test_the_option_weighs_most_and_says_what_it_takes(fresh_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is heard before help and before everything else; a code that is not known is refused with those that are."""
    monkeypatch.setenv("HOTLINE_BATCH_LANGUAGE", "ru")

    CliRunner().invoke(main, ["explain", "--language", "de-AT", "reply_lost"])
    heard = language_of_reader()
    refused = CliRunner().invoke(main, ["explain", "--language", "klingon"])

    assert "de" == heard
    assert 2 == refused.exit_code
    assert "eines von en, de, es, ru." in " ".join(refused.output.split()), "said in the language that was spoken"


def test_what_programs_read_is_english_to_the_last_word(fresh_machine: Path) -> None:
    """Also how cells were read, which is said while the rows are planned, in the language of whoever waits for it."""
    sheet = fresh_machine / "topics.csv"
    sheet.write_text("topic_link\nhttps://t.me/c/-1002101424779/5343?topic=5602541568\n", encoding="utf-8")

    checked = {
        language: CliRunner().invoke(main, ["check", str(sheet), "--for", "enrich", "--json", "--language", language])
        for language in ("en", "de")
    }
    warnings = {language: json.loads(found.stdout)["warnings"] for language, found in checked.items()}

    assert warnings["en"] == warnings["de"]
    assert "read as group 2101424779; 5602541568 read as topic 5343; ?topic=" in warnings["de"][-1]


@pytest.mark.parametrize("command", ["doctor --offline", "connections test", "notify test --notify json://127.0.0.1:9"])
def test_findings_that_programs_read_are_english(fresh_machine: Path, command: str) -> None:
    """Nobody listens at these addresses; why not is said in English, whatever the person reads."""
    environment = {
        "HOTLINE_INSTANCE": "13209946874612345",
        "HOTLINE_API_KEY": "instance-key",
        "HOTLINE_X_API_KEY": "owner-token",
        "HOTLINE_ENDPOINT": "http://127.0.0.1:9/webhook/topic_action",
    }

    told = {
        language: CliRunner().invoke(main, [*command.split(), "--json"], env=environment | {"LC_ALL": f"{language}_XX"})
        for language in ("en", "ru")
    }

    assert json.loads(told["en"].stdout)
    assert told["en"].stdout == told["ru"].stdout
