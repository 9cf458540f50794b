"""The rows of a pretended run, as the ledger would give them."""

from collections.abc import Iterator

from hotline_batch.issues.issue import Issue
from hotline_batch.model.jobs import JobState, Kind, SendMessage
from hotline_batch.model.runs import RowRecord, Run, RunState
from hotline_batch.model.sheets import Dialect
from hotline_batch.run_options import RunOptions

_FAILED_EVERY = 100
_HEADER = ("user_id", "message", "name", "city", "order", "amount", "due", "remark")


def run_of(rows: int) -> Run:
    """A finished run of so many rows."""
    return Run(
        id="20261122-180412-k3f9",
        kind=Kind.SEND,
        state=RunState.FINISHED,
        created_at=1_795_000_000.0,
        started_at=1_795_000_000.0,
        finished_at=1_795_003_600.0,
        sheet_path="sheet.csv",
        worksheet=None,
        dialect=Dialect("csv", "utf-8", ","),
        fingerprint="0" * 64,
        header=_HEADER,
        columns={"user_id": "user_id", "message": "message"},
        endpoint="https://example.org",
        output_path="out.xlsx",
        options=RunOptions(),
        owner="somebody",
        rows=rows,
    )


_REFUSED = Issue("api_refused", parameters={"case": "success", "said": "topic not found."})


def records(rows: int) -> Iterator[RowRecord]:
    """Mostly sent; one in a hundred failed."""
    for number in range(2, rows + 2):
        is_sent = bool(number % _FAILED_EVERY)
        user, message = 987_600_000 + number, f"Status of order {number}: it left the warehouse today."
        facts = (f"Customer {number}", "Bad Homburg", f"A-{number}", f"{number % 977}.50", "2026-12-01", "")
        reply = {"result": "message_sent", "chat_id": "-1002101424779", "thread_id": 5_602_541_568 + number}
        yield RowRecord(
            number=number,
            cells=(str(user), message, *facts),
            state=JobState.SUCCEEDED if is_sent else JobState.FAILED,
            request=SendMessage(user, message),
            connection="support_bot",
            issues=() if is_sent else (_REFUSED,),
            http_status=200 if is_sent else 404,
            attempts=1,
            finished_at=1_795_000_000.0 + number,
            topic_link=f"https://t.me/c/2101424779/{number}" if is_sent else "",
            fields=reply if is_sent else {},
        )
