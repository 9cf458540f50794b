"""Personal data is left out of result sheets: of every worksheet, by option and by setting, also when written again."""

from __future__ import annotations

import zipfile

import pytest

from tests.support.processes.journey import Machine

SHEET = "user_id,Name,Telefon,message\n1000001,Unforgettable,+49 170 1234567,Hello\nwrong,Unforgettable,+49 170,Hello\n"


def text_of(machine: Machine, name: str) -> str:
    """Everything that stands in a result sheet, in all its parts."""
    path = machine.folder / name
    if path.suffix == ".csv":
        return path.read_text("utf-8")
    with zipfile.ZipFile(path) as archive:
        return " ".join(archive.read(part).decode("utf-8", "replace") for part in archive.namelist())


@pytest.mark.parametrize("output", ["out.csv", "out.xlsx"])
def test_left_out_of_every_worksheet(machine: Machine, output: str) -> None:
    """Neither Results nor Problems hold a name or a phone number; the other columns are as always."""
    (machine.folder / "sheet.csv").write_text(SHEET)

    machine.run(
        "send", "sheet.csv", "--sandbox", "--yes", "-o", output, "--leave-out", "Name,Telefon", "--rate", "50/s"
    )
    text = text_of(machine, output)

    assert "Unforgettable" not in text
    assert not any(phone in text for phone in ("+49", "49 170", "49170", "170 1234567", "1701234567"))
    assert "hotline_status" in text
    assert "1000001" in text


def test_setting_and_written_again(machine: Machine) -> None:
    """The setting counts for every run; `results` keeps to it unless it is asked for other columns."""
    (machine.folder / "hotline-batch.toml").write_text('leave_out = ["Name", "telefon"]\n')
    (machine.folder / "sheet.csv").write_text(SHEET)

    machine.run("send", "sheet.csv", "--sandbox", "--yes", "-o", "out.csv", "--rate", "50/s")
    run = machine.newest_run()
    (machine.folder / "hotline-batch.toml").unlink()
    again = machine.run("results", run, "-o", "again.csv")
    only = machine.run("results", run, "-o", "only.csv", "--columns", "user_id,hotline_status")

    assert (0, 0) == (again.exit_code, only.exit_code), again.stderr + only.stderr
    assert "Unforgettable" not in text_of(machine, "out.csv")
    assert text_of(machine, "out.csv") == text_of(machine, "again.csv")
    assert ["user_id", "hotline_row", "hotline_status"] == list(machine.read("only.csv")[0])


def test_fields_of_the_reply(machine: Machine) -> None:
    """After enrich no name and no phone of a customer is in the sheet, and no column for them."""
    (machine.folder / "topics.csv").write_text("topic_link\nhttps://t.me/c/2101424779/5343\n")

    machine.run("enrich", "topics.csv", "--sandbox", "-o", "all.csv")
    machine.run("enrich", "topics.csv", "--sandbox", "-o", "some.csv", "--leave-out", "personal_data")
    everything, some = machine.read("all.csv")[0], machine.read("some.csv")[0]
    gone = set(everything) - set(some)

    assert {"hotline_user_name", "hotline_user_phone", "hotline_topic_title"} <= gone
    assert not any(everything[name] and everything[name] in some.values() for name in gone)
    assert some["hotline_user_id"] == everything["hotline_user_id"]


@pytest.mark.parametrize("option", ["--leave-out", "--columns"])
def test_misspelt_column_stops_before_anything_is_sent(machine: Machine, option: str) -> None:
    """It would leave nothing out. The error says which name was meant; so it does when results are written again."""
    (machine.folder / "sheet.csv").write_text(SHEET)
    send = ("send", "sheet.csv", "--sandbox", "--yes", "-o", "out.csv", "--rate", "50/s")

    refused = machine.run(*send, option, "user_id,Telefn")
    checked = machine.run("check", "sheet.csv", "--for", "send")
    sent = machine.run(*send)
    again = machine.run("results", machine.newest_run(), "-o", "again.csv", option, "user_id,Naem")

    assert (2, 2) == (refused.exit_code, again.exit_code)
    assert "no column 'telefn'" in refused.stderr
    assert "Did you mean 'Telefon'?" in refused.stderr
    assert "Did you mean 'Name'?" in again.stderr
    assert not (machine.folder / "again.csv").exists()
    assert (1, 1) == (checked.exit_code, sent.exit_code)


def test_field_that_the_service_may_add_is_written_with_its_prefix(machine: Machine) -> None:
    """Nobody can know today whether it will come, so it is noted, and left out once it does."""
    (machine.folder / "topics.csv").write_text("topic_link\nhttps://t.me/c/2101424779/5343\n")

    noted = machine.run("enrich", "topics.csv", "--sandbox", "-o", "out.csv", "--leave-out", "hotline_user_shoe_size")
    refused = machine.run("enrich", "topics.csv", "--sandbox", "-o", "two.csv", "--leave-out", "user_shoe_size")

    assert 0 == noted.exit_code, noted.stderr
    assert "no column 'hotline_user_shoe_size'" in noted.stderr
    assert 2 == refused.exit_code
    assert "hotline_user_shoe_size" in refused.stderr


def test_setting_may_name_columns_of_other_sheets(machine: Machine) -> None:
    """The file counts for every sheet; only what looks like a slip is noted there."""
    (machine.folder / "hotline-batch.toml").write_text('leave_out = ["Geburtstag", "Telefn"]\n')
    (machine.folder / "sheet.csv").write_text(SHEET)

    sent = machine.run("send", "sheet.csv", "--sandbox", "--yes", "-o", "out.csv", "--rate", "50/s")

    assert 1 == sent.exit_code, sent.stderr
    assert "Did you mean 'Telefon'?" in sent.stderr
    assert "eburtstag" not in sent.stderr
