"""Codes of rows that were left out on purpose, or need not be asked about."""

from __future__ import annotations

from hotline_batch.issues.record import IssueRecord
from hotline_batch.next_step import NextStep

OF_TOPIC = "of_topic"
"""Case of a message whose user is not known yet, but the topic."""
BY_THAT_RUN, BEFORE_THAT_RUN, BY_AN_EARLIER_RUN = "by_that_run", "before_that_run", "by_an_earlier_run"
"""Cases of a row that an earlier result sheet, used as a sheet again, calls sent."""
ON_ITS_WAY = "on_its_way"
"""Case of a message that another run took up in the meantime."""
NOT_AMONG_ROWS, CONDITION, LIMIT = "rows", "condition", "limit"
"""Cases of a row that was not chosen."""

LEFT_OUT = (
    IssueRecord(
        "duplicate_in_sheet",
        "The same message to the same user, or the same topic, stands further up in this sheet.",
        "no, not by this row",
        "no need",
        "Nothing to do; the earlier row tells what became of it.",
        {
            "": "Row {row} has the same message for user {user}.",
            OF_TOPIC: "Row {row} has the same message for the user of {topic}.",
        },
    ),
    IssueRecord(
        "already_sent",
        "The same message was sent to this user before, within the duplicate window.",
        "yes, earlier",
        "only on purpose",
        "Nothing to do. To send it again all the same, switch the duplicate window off.",
        {
            "": "Already sent to this user on {moment}, run {run}.",
            BY_THAT_RUN: "The sheet itself says that this was sent, by run {run}.",
            BEFORE_THAT_RUN: "The sheet itself says that this was sent, before run {run}.",
            BY_AN_EARLIER_RUN: "The sheet itself says that this was sent, by an earlier run.",
        },
        NextStep.SEND_ALL_THE_SAME,
    ),
    IssueRecord(
        "possibly_sent",
        "An earlier run may have sent the same message to this user; it is not known.",
        "unknown",
        "only on purpose",
        "Settle the earlier row (resolve), then send this one.",
        {
            "": "Run {run} may have sent this on {moment}; whether it arrived is not known.",
            BY_THAT_RUN: "The sheet itself says that this may have been sent, by run {run}.",
            BEFORE_THAT_RUN: "The sheet itself says that this may have been sent, before run {run}.",
            BY_AN_EARLIER_RUN: "The sheet itself says that this may have been sent, by an earlier run.",
            ON_ITS_WAY: "Another run is sending, sent or may have sent this message to this user.",
        },
        NextStep.RESOLVE,
    ),
    IssueRecord(
        "reused_answer",
        "The topic was looked up a short while ago; that answer was used again.",
        "no",
        "no need",
        "Nothing to do. To ask Hotline again, allow no earlier answers.",
        {"": "Answered in run {run}."},
        NextStep.ASK_ANEW,
    ),
    IssueRecord(
        "not_selected",
        "The row is not among those that were chosen.",
        "no",
        "yes",
        "Run again without the restriction to include it.",
        {
            NOT_AMONG_ROWS: "The row is not among the chosen rows {rows}.",
            CONDITION: "The row does not meet the condition '{condition}'.",
            LIMIT: "The limit of {limit:row|rows} was reached before this row.",
        },
        NextStep.CHOOSE_MORE_ROWS,
    ),
    IssueRecord(
        "hidden_row",
        "The row is hidden in the workbook and was left out.",
        "no",
        "yes",
        "Show the row in the workbook, or include hidden rows, to send it too.",
        {"": "The row is hidden in the workbook."},
        NextStep.INCLUDE_HIDDEN_ROWS,
    ),
)
