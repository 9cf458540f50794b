"""Runs and rows as the ledger would give them back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from hotline_batch.issues.issue import Issue
from hotline_batch.model.jobs import GetTopicInfo, JobState, Kind, SendMessage
from hotline_batch.model.runs import RowRecord, Run, RunState
from hotline_batch.model.sheets import Dialect
from hotline_batch.results.rows.columns import Layout, lay_out
from hotline_batch.results.rows.result_row import ResultRow, result_rows
from hotline_batch.run_options import RunOptions

ReadRows = Callable[[], Iterator[RowRecord]]

SEND_RUN = Run(
    id="20261122-180412-k3f9",
    kind=Kind.SEND,
    state=RunState.FINISHED,
    created_at=1_795_370_640.0,
    started_at=1_795_370_652.0,
    finished_at=1_795_371_255.2,
    sheet_path="kunden.csv",
    worksheet=None,
    dialect=Dialect("csv", "utf-8", ";"),
    fingerprint="ab" * 32,
    header=("Kunden-ID", "Status"),
    columns={"user_id": "Kunden-ID"},
    endpoint="https://n8n.production.hotline.tg/webhook/topic_action",
    output_path="kunden.results.csv",
    options=RunOptions(),
    owner="olga@desk-7",
    rows=0,
    active_seconds=603.2,
)

ENRICH_RUN = replace(
    SEND_RUN, kind=Kind.ENRICH, header=("topic_link",), columns={"topic_link": "topic_link"}, dialect=Dialect("xlsx")
)


def sent(number: int, *cells: str, message: str = "Hello", link: str = "https://t.me/c/2101424779/5343") -> RowRecord:
    """A row whose message arrived."""
    return RowRecord(
        number=number,
        cells=cells or ("987654321", "ok"),
        state=JobState.SUCCEEDED,
        request=SendMessage(987654321, message),
        connection="support_bot",
        issues=(),
        http_status=200,
        attempts=1,
        finished_at=1_795_370_652.9,
        topic_link=link,
        fields={
            "result": "message_sent",
            "topic_link": link,
            "message": message,
            "chat_id": "-1002101424779",
            "thread_id": 5602541568,
        },
    )


def ended(number: int, state: JobState, code: str = "", reason: str = "", *, cells: Sequence[str] = ()) -> RowRecord:
    """A row that ended otherwise."""
    return sent(number, *cells)._replace(
        state=state,
        issues=(Issue.worded(code, reason),) if code or reason else (),
        http_status=None,
        topic_link="",
        fields={},
        finished_at=None,
    )


def invalid(number: int, *issues: Issue) -> RowRecord:
    """A row that could not be used."""
    return ended(number, JobState.REJECTED)._replace(issues=issues, request=None, attempts=0, connection="")


def enriched(number: int, fields: Mapping[str, object], *cells: str) -> RowRecord:
    """A row whose topic was found."""
    return sent(number, *(cells or ("https://t.me/c/2101424779/5343",)))._replace(
        request=GetTopicInfo(2101424779, 5343),
        topic_link="",
        fields=fields,
    )


def cells_of(run: Run, record: RowRecord, layout: Layout | None = None) -> list[str]:
    """The line that a result has for the row."""
    return (layout or lay_out(run, [record])).cells(row_of(run, record))


def row_of(run: Run, record: RowRecord) -> ResultRow:
    """The row of a result."""
    return next(result_rows(run, [record]))


def reader(*records: RowRecord) -> ReadRows:
    """What the ledger offers: the rows, as often as they are asked for."""
    return lambda: iter(records)
