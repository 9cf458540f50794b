"""What is told of a run afterwards: what was chosen for it, and when it went on, as people there tell the time."""

from __future__ import annotations

from collections.abc import Mapping

from openpyxl import load_workbook

from tests.support.journey import FAST, Machine

SHEET = "user_id,Name,Status\n1000001,Ann,open\n1000002,Ben,closed\n1000003,Cem,open\n"


def facts(machine: Machine, name: str) -> Mapping[str, object]:
    sheet = load_workbook(machine.folder / name)["Summary"]
    return {str(name): value for name, value in sheet.iter_rows(values_only=True, max_col=2) if name}


def test_summary_tells_what_was_chosen(connected: Machine) -> None:
    """The text of the message, which rows, the limits; also when the sheet is written again later."""
    (connected.folder / "sheet.csv").write_text(SHEET)

    sent = connected.run(
        "send", "sheet.csv", "--yes", "-m", "Dear {{ Name }}", "--where", "Status=open", "--limit", "5",
        "--timeout", "60", "--duplicate-window", "0", "-o", "out.xlsx", *FAST,
    )  # fmt: skip
    again = connected.run("results", connected.newest_run(), "-o", "again.xlsx", "--leave-out", "Name")

    assert (0, 0) == (sent.exit_code, again.exit_code), sent.stderr + again.stderr
    for name in ("out.xlsx", "again.xlsx"):
        told = facts(connected, name)
        assert ("Dear {{ Name }}", "Status=open", "5") == (
            told["Message"], told["Only rows where"], told["At most rows"]
        )  # fmt: skip
        assert ("60 s", "always again (no check)") == (told["Time-out"], told["Not again within"])
    assert "Name" == facts(connected, "again.xlsx")["Columns left out"]


def test_pruned_run_forgets_what_was_chosen(connected: Machine) -> None:
    """A message or a condition may name a customer."""
    (connected.folder / "sheet.csv").write_text(SHEET)
    connected.run("send", "sheet.csv", "--yes", "-m", "Dear Ms. Unforgettable", "--where", "Name=Ann", *FAST)
    before = b"".join(path.read_bytes() for path in connected.ledger.parent.glob("ledger.sqlite*") if path.is_file())

    pruned = connected.run("runs", "prune", "--older-than", "0", "--yes")

    after = b"".join(path.read_bytes() for path in connected.ledger.parent.glob("ledger.sqlite*") if path.is_file())
    assert 0 == pruned.exit_code, pruned.stderr
    assert b"Unforgettable" in before
    assert b"Unforgettable" not in after
    assert b"Name=Ann" not in after
