"""Codes of rows that were left out on purpose, or need not be asked about."""

from __future__ import annotations

from hotline_batch.issues.issue import IssueRecord
from hotline_batch.next_step import NextStep

OF_TOPIC = "of_topic"
"""Case of a message whose user is not known yet, but the topic."""
BY_THAT_RUN, BEFORE_THAT_RUN, BY_AN_EARLIER_RUN = "by_that_run", "before_that_run", "by_an_earlier_run"
"""Cases of a row that an earlier result sheet, used as a sheet again, calls sent."""
LEFT_OUT_BEFORE = "left_out_before"
"""Case of a row that an earlier result sheet, used as a sheet again, calls left out, since something else was sent."""
STILL_OPEN = frozenset({"not_selected", "hidden_row", "reused_answer"})
"""Codes of rows that were left out though nothing was sent to them by anybody, as far as the guards knew."""
LEFT_TO_ANOTHER = frozenset({"duplicate_in_sheet", "already_corrected", "nothing_to_correct"})
"""Codes of rows left out for what became of something else, which their own line of the result does not tell."""
MESSAGE, CONNECTION = "message", "connection"
"""What a row that was left out would have sent, and through what: kept for its result sheet, said in no sentence."""
ON_ITS_WAY = "on_its_way"
"""Case of a message that another run took up in the meantime."""
MEANWHILE = "meanwhile"
"""Case of a row that another correction took up in the meantime."""
SINCE = "since"
"""Case of a row whose message is not sent any more, since a correction of it was."""
NOT_DELIVERED, IN_DOUBT, UNUSABLE, LEFT_OUT_THERE, NOT_TRIED = "failed", "in_doubt", "invalid", "skipped", "not_tried"
"""Cases of a row that a correction leaves out: what became of it in the run that is corrected."""
NOT_AMONG_ROWS, CONDITION, LIMIT = "rows", "condition", "limit"
"""Cases of a row that was not chosen."""

LEFT_OUT = (
    IssueRecord(
        "duplicate_in_sheet",
        "The same message to the same user, or the same topic, stands in another row of this sheet, or did when it was "
        "sent before.",
        "no, not by this row",
        "no need",
        "Nothing to do; the other row tells what became of it.",
        {
            "": "Row {row} has the same message for user {user}.",
            OF_TOPIC: "Row {row} has the same message for the user of {topic}.",
            LEFT_OUT_BEFORE: "Run {run} left this row out, since another row had the same message, which may have been "
            "sent; the result of that run tells. To send this row all the same, empty its hotline_error_code cell.",
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
        "nothing_to_correct",
        "The run that is corrected did not deliver a message to this row, as far as it is known.",
        "no",
        "no need",
        "Nothing to do. A row in doubt: look into its topic, and settle it in the run that is corrected.",
        {
            NOT_DELIVERED: "Run {run} failed to deliver its message here, so there is nothing to correct.",
            IN_DOUBT: "Whether run {run} delivered its message here is not known; rows in doubt were not asked for.",
            UNUSABLE: "Run {run} could not use this row, so there is nothing to correct.",
            LEFT_OUT_THERE: "Run {run} left this row out ({code}), so there is nothing to correct.",
            NOT_TRIED: "Run {run} has not tried this row yet, so there is nothing to correct.",
            LEFT_OUT_BEFORE: "Run {run} left this row out, since nothing was to be corrected here, as far as was known "
            "then; the run that it corrects may have gone on. To send this row, empty its hotline_error_code cell.",
        },
    ),
    IssueRecord(
        "already_corrected",
        "A correction reached this row already, or may have.",
        "no, not by this row",
        "no need",
        "Nothing to do. If that correction was wrong as well, correct that run.",
        {
            "": "Run {run} corrected this row already, or may have.",
            SINCE: "Run {run} has corrected this row since, or may have, so its own message is not sent any more.",
            MEANWHILE: "Another correction has reached this row meanwhile, or may have.",
            LEFT_OUT_BEFORE: "Run {run} left this row out, since another correction had reached it, or may have. To "
            "send this row all the same, empty its hotline_error_code cell.",
        },
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
