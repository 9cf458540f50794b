"""`check -o plan.xlsx`: every row with the message that would be sent, or why none would be."""

from __future__ import annotations

from openpyxl import load_workbook

from tests.support.processes.journey import FAST, Machine, people
from tests.support.service.hostile_server import HostileServer

TAKEN_OUT = "What stood in emptied cells"


def test_plan_shows_every_rendered_message(machine: Machine) -> None:
    """What will be sent to whom, what cannot be used, what was sent before and is left out; nothing is sent."""
    with HostileServer() as server:
        machine.toward(server)
        machine.write_sheet("before.csv", people(1, "Hello"))
        assert 0 == machine.run("send", "before.csv", "--yes", "-o", "before.out.csv", *FAST).exit_code
        machine.write_sheet("sheet.csv", [*people(3, "Hello"), (0, "nobody"), people(3, "Hello")[1]])

        ended = machine.run("check", "sheet.csv", "--for", "send", "-o", "plan.xlsx")

        assert 1 == ended.exit_code, ended.stderr
        assert 1 == len(server.applied)
    plan = load_workbook(machine.folder / "plan.xlsx")["Plan"]
    header, *rows = [[cell or "" for cell in row] for row in plan.iter_rows(values_only=True)]
    assert ["Row", "What happens", "To whom", "Through", "Text of the message", "Code", "Why", TAKEN_OUT] == header
    assert [
        ("2", "left out", "", "already_sent"),
        ("3", "will be sent", "Hello 1", ""),
        ("4", "will be sent", "Hello 2", ""),
        ("5", "cannot be used", "", "user_id_out_of_range"),
        ("6", "left out", "", "duplicate_in_sheet"),
    ] == [(row[0], row[1], row[4], row[5]) for row in rows]
    assert rows[1][2] == "user 1000002"
    again = machine.run("check", "plan.xlsx", "--for", "send")
    assert "Which worksheet" not in again.stderr + again.stdout
    assert again.exit_code in {0, 1}, again.stderr
