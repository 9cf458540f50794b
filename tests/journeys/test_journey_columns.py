"""Personal data is left out of result sheets: of every worksheet, by option and by setting, also when written again."""

from __future__ import annotations

import zipfile

import pytest

from tests.support.journey import Machine

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
    assert "170" not in text.replace("1701", "")
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
