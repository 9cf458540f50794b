"""Sheets, rows and planners for the tests of this room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotline_batch.model.jobs import Connection, Decision, Kind, PlannedRow, RejectedRow
from hotline_batch.model.sheets import Dialect, Remark, Row, Sheet
from hotline_batch.plan.planner import PlanChoices, Planner
from hotline_batch.run_options import Selection

CONNECTIONS = {
    "support_bot": Connection("support_bot", "13209946874612345"),
    "Sales": Connection("Sales", "13209946874699999"),
}


def sheet_with(*header: str) -> Sheet:
    return Sheet("contacts.csv", None, Dialect("csv", "utf-8", ","), header, 1, "0" * 64)


def rows_of(*cells: Sequence[str], remarks: tuple[Remark, ...] = ()) -> list[Row]:
    return [Row(number, tuple(row), remarks) for number, row in enumerate(cells, start=2)]


def planner_for(header: Sequence[str], kind: Kind = Kind.SEND, template: str | None = None, **more: Any) -> Planner:
    of_rows = {name: more.pop(name) for name in ("rows", "limit", "where", "hidden_rows") if name in more}
    choices = PlanChoices(
        kind=kind,
        column_map=more.pop("column_map", {}),
        template=template,
        connections=CONNECTIONS,
        default_connection=more.pop("default_connection", "support_bot"),
        selection=Selection(**of_rows),
        **more,
    )
    return Planner(sheet_with(*header), choices)


def planned(header: Sequence[str], rows: Sequence[Row], /, **more: Any) -> list[PlannedRow]:
    return list(planner_for(header, **more).plan(rows))


def decisions(header: Sequence[str], /, *cells: Sequence[str], **more: Any) -> list[Decision]:
    return [row.decision for row in planned(header, rows_of(*cells), **more)]


def problem_codes(decision: Decision) -> list[str]:
    assert isinstance(decision, RejectedRow), decision
    return [problem.code for problem in decision.issues]
