"""The page about delivery shows the table of failure points as the program has it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from hotline_batch.application.runs.going_on import settle
from hotline_batch.ledger.resolutions import PersonsWord
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.model.runs import Delivery, RowRecord
from tests.failure_points.scenarios import service
from tests.failure_points.table import FAILURE_POINTS
from tests.support.batch_bench import FIRST_USER
from tests.support.service.faults import named

PAGE = Path(__file__).parents[2] / "docs" / "delivery.md"
BEGIN, END = "<!-- failure points: begin -->\n", "<!-- failure points: end -->"
WORDS = {Delivery.NO: "no", Delivery.MAYBE: "may be", Delivery.YES: "yes"}


def table() -> str:
    lines = ["| | what happens | delivered | row | in the run | afterwards |", "|---|---|---|---|---|---|"]
    for point in FAILURE_POINTS:
        codes = f" ({', '.join(f'`{code}`' for code in point.codes)})" if point.codes else ""
        lines.append(
            f"| {point.id} | {point.what} | {WORDS[point.delivered]} | `{point.status.value}`{codes} "
            f"| {point.in_the_run} | {point.on_resume} |"
        )
    return "\n".join(lines) + "\n"


def test_page_shows_the_table_of_the_program() -> None:
    """Line by line; where this fails, put the expected table into the page."""
    shown = PAGE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]

    assert table() == shown


def test_audit_shows_what_the_page_says_it_shows(tmp_path: Path) -> None:
    """No attempt after one that may have delivered, unless a person's word stands between; each sent has its proof."""
    with service(tmp_path) as (bench, server):
        for row, name in ((1, "close_unanswered_not_applied"), (3, "error_500_applied"), (5, "limited_bare")):
            server.fault_for(FIRST_USER + row, named(name))
        run = bench.send("abcdefg").run
        with bench.ledger() as ledger:
            for word, row in ((PersonsWord.RESEND, 3), (PersonsWord.DELIVERED, 5)):
                settle(ledger, ledger.run(run), bench.settings(), word, {row}, "looked", clock=bench.clock)
        bench.drive(run)

        trail, records = bench.audit(run), bench.records(run)

    events = {row: [entry for entry in trail if entry["row"] == row] for row in range(2, 9)}
    for record in records:
        history = ["resolution" if "verdict" in entry else entry["delivery"] for entry in events[record.number]]
        pairs = list(pairwise(history))
        assert not {("yes", "yes"), ("yes", "no"), ("maybe", "maybe"), ("maybe", "yes"), ("maybe", "no")} & {*pairs}
        is_proven = "yes" in history or "delivered" in {entry.get("verdict") for entry in events[record.number]}
        assert is_proven is (status_of(record) is Status.SENT)
    assert ["maybe", "resolution", "yes"] == [
        "resolution" if "verdict" in entry else entry["delivery"] for entry in events[3]
    ]


def status_of(record: RowRecord) -> Status:
    return record.status(Kind.SEND)
