"""pandas in and out: what a notebook gets is what the ledger holds."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

import hotline_batch
from hotline_batch.errors import LedgerError, SettingsError, SheetError
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.settings.load import load_settings
from hotline_batch.settings.model import Settings
from tests.support.service.faults import named
from tests.support.service.faults.topics import says_of_topic
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import GROUP_ID, Credentials

LINK = f"https://t.me/c/{GROUP_ID}/"
RATE = "500/s"


@pytest.fixture
def settings(tmp_path: Path, server: HostileServer, monkeypatch: pytest.MonkeyPatch) -> Settings:
    environment = {
        **Credentials().environment(server.url),
        "HOTLINE_BATCH_LEDGER": f"sqlite:///{tmp_path / 'ledger.sqlite'}",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings(working_folder=tmp_path)


def test_frame_keeps_its_columns_and_index(settings: Settings, server: HostileServer) -> None:
    """Ours come behind, with fitting types; a bad or empty link is a row like in a sheet; a topic is asked once."""
    frame = pd.DataFrame(
        {"link": [f"{LINK}5301", f"{LINK}5302", None, "nonsense", f"{LINK}5301"], "amount": [1.5, 2, 3, 4, 5]},
        index=["a", "b", "c", "d", "d"],
    )
    server.fault_for(f"{GROUP_ID}/5302", named("error_in_200"))

    found = hotline_batch.enrich_frame(frame, link_column="link", settings=settings, rate=RATE)

    pd.testing.assert_frame_equal(frame, found[["link", "amount"]])
    assert ["enriched", "failed", "invalid", "invalid", "enriched"] == list(found["hotline_status"])
    assert [2, 3, 4, 5, 6] == list(found["hotline_row"])
    assert "John Doe 5301" == found["hotline_user_name"].iloc[4]
    assert "132099468746812345" == found["hotline_instance_id"].iloc[0]
    assert found["hotline_user_name"].isna().tolist() == [False, True, True, True, False]
    assert {
        "hotline_status": "category",
        "hotline_attempts": "Int64",
        "hotline_http_status": "Int64",
        "hotline_finished_at": "datetime64[ns, UTC]",
        "hotline_user_id": "string",
    } == {
        name: str(found[name].dtype)
        for name in (
            "hotline_status", "hotline_attempts", "hotline_http_status", "hotline_finished_at", "hotline_user_id",
        )
    }  # fmt: skip
    assert 2 == len(server.truth.requests)


def test_frame_enriched_again_tells_what_changed(settings: Settings, server: HostileServer) -> None:
    """The columns of the first time are replaced, and the change stands beside the row."""
    frame = pd.DataFrame({"topic_link": [f"{LINK}5301", f"{LINK}5302"]})
    first = hotline_batch.enrich_frame(frame, settings=settings, rate=RATE)
    server.fault_for(f"{GROUP_ID}/5302", says_of_topic({"topic_status": "closed"}))

    second = hotline_batch.enrich_frame(first, link_column="topic_link", settings=settings, rate=RATE)

    assert list(first.columns) == list(second.columns)
    assert [True, False] == second["hotline_changes"].isna().tolist()
    assert "topic_status: user_answered -> closed" == second["hotline_changes"].iloc[1]


def test_field_that_no_answer_holds_any_more_is_empty_in_a_frame(settings: Settings, server: HostileServer) -> None:
    """It is no column of the person's, though no answer of this time tells of it."""
    frame = pd.DataFrame({"topic_link": [f"{LINK}5301"], "hotline_note": ["mine"]})
    server.fault_for(f"{GROUP_ID}/5301", says_of_topic({"mood": "glad"}))
    first = hotline_batch.enrich_frame(frame, settings=settings, rate=RATE)

    second = hotline_batch.enrich_frame(first, link_column="topic_link", settings=settings, rate=RATE)

    assert ["glad"] == list(first["hotline_mood"])
    assert second["hotline_mood"].isna().all()
    assert ["mood: glad -> (empty)"] == list(second["hotline_changes"])
    assert ["mine"] == list(second["hotline_note"])


def test_result_of_a_send_that_is_enriched_is_not_sent_again(
    settings: Settings, server: HostileServer, tmp_path: Path
) -> None:
    """Its own columns stay, as in an enriched sheet: saved and sent where no ledger knows of it, nothing goes twice."""
    sheet, result, saved = tmp_path / "f.csv", tmp_path / "f.results.csv", tmp_path / "saved.csv"
    sheet.write_text(f"user_id,topic_link,message\n987654321,{LINK}5301,Hello\n987654322,{LINK}5302,Hello\n")
    hotline_batch.send_sheet(sheet, output=result, settings=settings, rate=RATE)
    sent = pd.read_csv(result, dtype="string").assign(hotline_note=["mine", "too"])

    found = hotline_batch.enrich_frame(sent, link_column="topic_link", settings=settings, rate=RATE)
    found.to_csv(saved, index=False)
    elsewhere = dataclasses.replace(settings, ledger=f"sqlite:///{tmp_path / 'other.sqlite'}")
    again = hotline_batch.send_sheet(saved, output=tmp_path / "again.csv", settings=elsewhere, rate=RATE)

    own = ["hotline_delivered", "hotline_message", "hotline_recipient", "hotline_note"]
    pd.testing.assert_frame_equal(sent[own], found[own])
    assert list(sent["hotline_service"]) == list(found["hotline_service"])
    assert ["enriched", "enriched"] == list(found["hotline_status"])
    assert list(found.columns) == list(dict.fromkeys(found.columns))
    assert 2 == again.counts["skipped"]
    assert 2 == len(server.applied)


@pytest.mark.parametrize("is_practice", [False, True])
def test_result_of_a_send_in_capitals_is_read_as_one(
    settings: Settings, server: HostileServer, tmp_path: Path, is_practice: bool
) -> None:
    """As a database gives its columns back: what was sent is not sent again, and what was practice still goes."""
    sheet, result, saved = tmp_path / "f.csv", tmp_path / "f.results.csv", tmp_path / "saved.csv"
    sheet.write_text(f"user_id,topic_link,message\n987654321,{LINK}5301,Hello\n987654322,{LINK}5302,Hello\n")
    hotline_batch.send_sheet(sheet, output=result, settings=settings, rate=RATE, sandbox=is_practice)
    sent = pd.read_csv(result, dtype="string").rename(columns=str.upper)

    found = hotline_batch.enrich_frame(
        sent, link_column="TOPIC_LINK", settings=settings, rate=RATE, sandbox=not is_practice
    )
    found.to_csv(saved, index=False)
    elsewhere = dataclasses.replace(settings, ledger=f"sqlite:///{tmp_path / 'other.sqlite'}")
    again = hotline_batch.send_sheet(saved, output=tmp_path / "again.csv", settings=elsewhere, rate=RATE)

    assert list(sent["HOTLINE_SERVICE"]) == list(found["hotline_service"])
    assert len(found.columns) == len({name.casefold() for name in found.columns})
    assert list(sent["HOTLINE_MESSAGE"]) == list(found["HOTLINE_MESSAGE"])
    assert 2 == again.counts["sent" if is_practice else "skipped"]
    assert 2 == len(server.applied)


@pytest.mark.parametrize(
    ("said", "is_there"), [('leave_out = ["personal_data"]', True), ('columns = ["topic_status"]', False)]
)
def test_nothing_of_an_earlier_answer_stands_beside_a_new_one(
    settings: Settings, server: HostileServer, tmp_path: Path, said: str, is_there: bool
) -> None:
    """What the settings leave out of results is left out of a frame, too, and not what another look-up put there."""
    server.fault_for(f"{GROUP_ID}/5302", named("error_in_200"))
    frame = pd.DataFrame({"link": [f"{LINK}5301", f"{LINK}5302"], "amount": [1, 2]})
    before = hotline_batch.enrich_frame(frame, link_column="link", settings=settings, rate=RATE)
    before["link"] = [f"{LINK}5303", f"{LINK}5304"]
    (tmp_path / "hotline-batch.toml").write_text(said, "utf-8")

    found = hotline_batch.enrich_frame(
        before, link_column="link", settings=load_settings(working_folder=tmp_path), rate=RATE
    )

    assert ["enriched", "enriched"] == list(found["hotline_status"])
    assert "hotline_user_name" in before
    assert "hotline_user_name" not in found
    assert is_there == ("hotline_error_code" in found)
    assert not is_there or found["hotline_error_code"].isna().all()
    pd.testing.assert_frame_equal(before[["link", "amount"]], found[["link", "amount"]])


def test_row_that_was_sent_elsewhere_keeps_its_service(settings: Settings) -> None:
    """What was sent counts for the service that it went through, not for the one that was asked about the topic."""
    frame = pd.DataFrame(
        {
            "topic_link": [f"{LINK}5301", f"{LINK}5302", f"{LINK}5303"],
            "hotline_delivered": pd.Categorical(["yes", "unknown", "no"]),
            "hotline_service": ["elsewhere", None, "elsewhere"],
        }
    )

    found = hotline_batch.enrich_frame(frame, settings=settings, rate=RATE)

    services = list(found["hotline_service"])
    assert "elsewhere" == services[0]
    assert pd.isna(services[1])
    assert services[2] != "elsewhere"


def test_ids_that_gaps_made_floats_are_still_ids(settings: Settings) -> None:
    """pandas turns whole numbers into floats where one is missing; the API wants them whole."""
    frame = pd.DataFrame({"group_id": [float(GROUP_ID), float(GROUP_ID)], "topic_id": [5301.0, None]})

    found = hotline_batch.enrich_frame(frame, settings=settings, rate=RATE)

    assert ["enriched", "invalid"] == list(found["hotline_status"])


@pytest.mark.parametrize("held_as", ["float32", "Float32", "category", "object", "Sparse[float32]"])
def test_short_floats_name_no_topic_that_nobody_meant(settings: Settings, server: HostileServer, held_as: str) -> None:
    """A float of four bytes keeps seven digits of a group's id; of a topic's, all: what is lost is not asked for."""
    groups = pd.Series([GROUP_ID, GROUP_ID], dtype="float32")
    of_object = pd.Series(list(groups.to_numpy()), dtype="object")
    frame = pd.DataFrame({"group_id": of_object if held_as == "object" else groups.astype(held_as)})
    frame["topic_id"] = [5301, 5302]

    found = hotline_batch.enrich_frame(frame, settings=settings, rate=RATE)
    frame["group_id"] = pd.Series([GROUP_ID, GROUP_ID])
    frame["topic_id"] = pd.Series([2001, 5301], dtype="float16" if held_as == "float32" else "float32")
    again = hotline_batch.enrich_frame(frame, settings=settings, rate=RATE)

    assert ["digits_lost", "digits_lost"] == list(found["hotline_error_code"])
    assert ["enriched", "invalid" if held_as == "float32" else "enriched"] == list(again["hotline_status"])


def test_column_of_connections_chooses_also_where_the_links_are_named(
    settings: Settings, server: HostileServer
) -> None:
    """As in a sheet: a topic of one bot is not asked for through another."""
    frame = pd.DataFrame({"link": [f"{LINK}5301", f"{LINK}5302"], "connection": [None, "sales_bot"]})

    found = hotline_batch.enrich_frame(frame, link_column="link", settings=settings, rate=RATE)

    assert ["enriched", "invalid"] == list(found["hotline_status"])
    assert "connection_unknown" == found["hotline_error_code"].iloc[1]
    pd.testing.assert_frame_equal(frame, found[["link", "connection"]])


@pytest.mark.parametrize("said", ["sandbox = true", "dry_run = true"])
def test_settings_that_let_nothing_be_real_are_heeded(
    settings: Settings, server: HostileServer, tmp_path: Path, said: str
) -> None:
    """As by the page: a function has no word to say otherwise, so what is no practice is refused, and leaves no run."""
    frame = pd.DataFrame({"topic_link": [f"{LINK}5301"]})
    sheet = tmp_path / "f.csv"
    sheet.write_text("user_id,message\n987654321,Hello\n")
    real = hotline_batch.send_sheet(sheet, output=tmp_path / "real.csv", settings=settings, rate=RATE)
    (tmp_path / "hotline-batch.toml").write_text(said, "utf-8")
    bound = load_settings(working_folder=tmp_path)
    asked = len(server.requests)

    for begin in (
        lambda: hotline_batch.send_sheet(sheet, output=tmp_path / "a.csv", settings=bound, duplicate_window=0),
        lambda: hotline_batch.start_run(sheet, output=tmp_path / "a.csv", settings=bound, duplicate_window=0),
        lambda: hotline_batch.correct_run(real.run, message="Sorry", settings=bound),
        lambda: hotline_batch.enrich_frame(frame, settings=bound),
    ):
        with pytest.raises(SettingsError, match=said):
            begin()
    practised = hotline_batch.send_sheet(sheet, output=tmp_path / "a.csv", settings=bound, rate=RATE, sandbox=True)

    assert 1 == practised.counts["sent"]
    assert asked == len(server.requests)
    with Ledger(settings.ledger) as ledger:
        assert {real.run, practised.run} == {run.id for run in ledger.runs()}


def test_young_answers_are_used_again_for_a_frame(settings: Settings, server: HostileServer) -> None:
    """As with --max-age."""
    frame = pd.DataFrame({"topic_link": [f"{LINK}5301"]})
    hotline_batch.enrich_frame(frame, settings=settings, rate=RATE)

    found = hotline_batch.enrich_frame(frame, settings=settings, rate=RATE, max_age="1d")

    assert "reused_answer" == found["hotline_error_code"].iloc[0]
    assert 1 == len(server.truth.requests)


@pytest.mark.parametrize(
    ("columns", "link_column", "error"),
    [(["a", "b"], "link", SettingsError), (["link", "link"], "link", SettingsError), (["a", "b"], None, SheetError)],
)
def test_column_that_is_not_clear_is_said(
    settings: Settings, columns: list[str], link_column: str | None, error: type[Exception]
) -> None:
    """Missing, there twice, or none that looks like topics: nothing is asked, and no run is left behind."""
    frame = pd.DataFrame([[1, 2]], columns=columns)

    with pytest.raises(error):
        hotline_batch.enrich_frame(frame, link_column=link_column, settings=settings)


def test_loaded_run_has_the_cells_of_its_sheet(settings: Settings, tmp_path: Path) -> None:
    """Input columns as text, leading zeros included, under their own names, even where two are the same."""
    sheet = tmp_path / "topics.csv"
    sheet.write_text(f"topic_link,code,code\n{LINK}5301,007,1\n{LINK}5302,,2\n")
    summary = hotline_batch.enrich_sheet(sheet, settings=settings, rate=RATE)

    frame = hotline_batch.load_run(summary.run, settings=settings)

    assert ["topic_link", "code", "code"] == list(frame.columns[:3])
    assert [["007", "1"], ["", "2"]] == frame.iloc[:, 1:3].to_numpy().tolist()
    assert summary.rows == len(frame)
    assert {"enriched": 2} == {word: count for word, count in frame["hotline_status"].value_counts().items() if count}


def test_run_that_is_not_there_is_an_error(settings: Settings) -> None:
    """It names the runs that are."""
    with pytest.raises(LedgerError, match="no run 'nonsense'"):
        hotline_batch.load_run("nonsense", settings=settings)


def test_option_that_is_not_known_is_told_with_those_that_are(settings: Settings) -> None:
    """Before anything is planned."""
    frame = pd.DataFrame([[f"{LINK}5301"]], columns=["topic_link"])

    with pytest.raises(TypeError, match=r"enrich_frame\(\) knows no option 'nonsense'.*concurrency"):
        hotline_batch.enrich_frame(frame, settings=settings, nonsense=1)
