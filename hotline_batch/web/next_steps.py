"""What is to be done, as data -> words of this page, with the address where it is done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hotline_batch.issues.words import RECORDS
from hotline_batch.language.words import marked, translated, words
from hotline_batch.next_step import Advised, NextStep, Parameters, Step, Told, step

_WORDS: Mapping[NextStep, str] = marked(
    {
        NextStep.MEND_ROW: "Mend the row in the sheet, then upload the sheet again.",
        NextStep.MEND_INVALID_ROWS: "Mend the rows that cannot be used in the sheet, then upload the sheet again. "
        "What was sent is not sent again.",
        NextStep.SEND_SHEET_AGAIN: "Upload the sheet again.",
        NextStep.SEND_ALL_THE_SAME: "Upload the sheet again, and choose to send what was sent before once more.",
        NextStep.CHOOSE_MORE_ROWS: "Choose more rows when you send the sheet.",
        NextStep.INCLUDE_HIDDEN_ROWS: "Choose to include hidden rows.",
        NextStep.ASK_ANEW: "Choose to look everything up anew.",
        NextStep.CHECK_SETTINGS: "Look at the connections, then go on with the run.",
        NextStep.RESUME: "Go on with the run",
        NextStep.RETRY: "Try the failed rows again",
        NextStep.RESOLVE: "Look into the topics, and say what became of the rows in doubt",
        NextStep.RESOLVE_EARLIER_RUN: "Settle them in the run that may have sent them, then upload the sheet again.",
        NextStep.SHOW_RUN: "See the run",
        NextStep.EXPORT_GROUP: "In Telegram Desktop, open the operators' group, choose 'View as messages' in its menu, "
        "then 'Export chat history' with the format 'Machine-readable JSON' and all dates.",
        NextStep.EXPORT_GROUP_AGAIN: "Export it again with today's Telegram Desktop, and wait until it says that it is "
        "done.",
        NextStep.LIST_RUNS: "See the runs.",
        NextStep.WAIT_FOR_RUN: "Wait until it ends.",
        NextStep.WRITE_RESULTS: "Download the results",
        NextStep.CORRECT_AGAIN: "Choose to reach those whom it did not reach.",
        NextStep.CORRECT_CORRECTION: "If it was wrong as well, send a correction of that run.",
        NextStep.APPROVE: "See what somebody else has to approve",
        NextStep.PRUNE_RUNS: "Ask whoever set the program up to make room by forgetting the texts of old runs.",
        NextStep.NAME_WORKSHEET: "Choose the one that is meant, for example '{name}'.",
        NextStep.CHOOSE_OTHER_WORKSHEET: "Another can be chosen:",
        NextStep.USE_WORKSHEET: "use the worksheet '{name}'.",
        NextStep.USE_WORKSHEET_FROM_ROW: "use the worksheet '{name}' with row {row} as its header.",
        NextStep.LEAVE_OUT_WORKSHEET: "Choose no worksheet.",
        NextStep.NAME_HEADER_ROW: "Say which row holds the names of the columns.",
        NextStep.NAME_HEADER_ROW_BELOW_TITLE: "If row {title} is only a title, say which row holds the names of the "
        "columns, for example row {row}.",
        NextStep.USE_HEADER_ROW: "Row {row} looks like the names of the columns: choose it.",
        NextStep.ADD_HEADER_ROW: "Add a row that names the columns, for example '{field}', or say that the sheet has "
        "none.",
        NextStep.NAME_DELIMITER: "Say what divides the columns, or save the sheet as a workbook (XLSX).",
        NextStep.NAME_ENCODING: "Choose another encoding, or save the sheet as a workbook (XLSX).",
        NextStep.USE_ENCODING: "If that looks right, choose {encoding}; otherwise save the sheet as 'CSV UTF-8' or as "
        "a workbook (XLSX).",
        NextStep.LEAVE_OUT_CSV_CHOICES: "What divides columns, and the encoding, are chosen for CSV files alone.",
        NextStep.CHOOSE_HIDDEN_ROW: "Say whether it is left out, or treated like all others.",
        NextStep.CHOOSE_HIDDEN_ROWS: "Say whether hidden rows are left out, or treated like all others.",
        NextStep.WATCH_FOLDER: "Upload one sheet of it.",
        NextStep.MAP_COLUMN: "Perhaps the column '{column}' is meant: choose it as '{field}'.",
        NextStep.CHOOSE_COLUMN: "Say which one.",
        NextStep.NAME_COLUMN: "Name one column '{field}', or choose the one that is meant.",
        NextStep.NAME_TOPIC_COLUMN: "Name one column '{field}' (group_id and topic_id do as well), or choose the one "
        "that is meant.",
        NextStep.NAME_MESSAGE_COLUMN: "Choose the column with the messages, a template, or write the text here.",
        NextStep.DIVIDE_COLUMNS: "Column '{column}' has a '{delimiter}' in its name: if that divides the columns, say "
        "so; otherwise choose the column as '{field}'.",
        NextStep.MAP_OTHERWISE: "What was chosen for this kind of sheet before is used; choose otherwise here.",
        NextStep.USE_TEMPLATE: "To have it filled in, choose it as a template.",
        NextStep.CHOOSE_ONE_MESSAGE: "Choose either a text of your own or a template.",
        NextStep.SEND_WHATEVER_WAS_SENT: "(It can be sent once more on purpose.)",
        NextStep.CHOOSE_OUTPUT: "Choose another file.",
        NextStep.CHOOSE_OUTPUT_LIKE: "Choose a file that ends in {ending}.",
        NextStep.CHOOSE_OUTPUT_OR_REPLACE: "Choose another file.",
        NextStep.CREATE_OUTPUT_FOLDER: "Create it, or choose another file.",
        NextStep.NAME_OUTPUT_IN_FOLDER: "Name a file in it.",
        NextStep.CHECK_WITHOUT_MARKS: "Divide the sheet.",
        NextStep.SET_UP_CONNECTION: "Ask whoever set the program up to set up a connection.",
        NextStep.TRY_IN_SANDBOX: "Ask whoever set the program up to set up a connection. Until then you can practise.",
        NextStep.CHOOSE_CONNECTION: "Choose a connection.",
        NextStep.CHOOSE_CONNECTION_BY_ROW: "Choose a connection when you send a sheet, or fill the column 'connection' "
        "in each row.",
        NextStep.CONFIRM_CONNECTION: "Confirm it with its name.",
        NextStep.TEST_CONNECTIONS: "Compare the path with what Hotline told you, then test the connections.",
        NextStep.TRY_NEWS: "A test message below the connections shows whether it arrives.",
        NextStep.LOOK_UP_ONE: "Try again in a minute.",
        NextStep.CORRECT_SETTINGS_FILE: "Ask whoever set the program up to correct the path.",
        NextStep.NAME_OTHER_SETTINGS_FILE: "Ask whoever set the program up to let this user read its folder.",
        NextStep.NAME_LEDGER: "Ask whoever set the program up to name a place for the ledger, the same one every "
        "time: it knows what was sent.",
        NextStep.ASK_DOCTOR: "Have everything looked at.",
        NextStep.READ_DOCTOR: "Bring back a copy of it; a look at everything tells more.",
        NextStep.WHERE_KEYS_COME_FROM: "A look at everything says where the keys come from.",
        NextStep.LOOK_AT_EVERY_PAGE: "Ask whoever set the program up to look at all of it.",
        NextStep.SAVE_WHAT_CAN_BE_READ: "Ask whoever set the program up: copy it away, keep the results that can "
        "still be read, and bring the backup back.",
        NextStep.LOWER_CONCURRENCY: "Lower how many requests are made at the same time.",
        NextStep.CHECK_SHEET: "Upload it here: it is checked before anything is sent.",
        NextStep.RUN_SHEET: "When all is well, send it from there.",
    }
)

# Where it is done; with a run, on the page of that run.
_PLACES: Mapping[NextStep, str] = MappingProxyType(
    {
        NextStep.MEND_INVALID_ROWS: "/",
        NextStep.SEND_SHEET_AGAIN: "/",
        NextStep.SEND_ALL_THE_SAME: "/",
        NextStep.CHECK_SETTINGS: "/connections",
        NextStep.RESUME: "/runs/{run}#go-on",
        NextStep.RETRY: "/runs/{run}#try-again",
        NextStep.APPROVE: "/runs/{run}#approval",
        NextStep.RESOLVE: "/runs/{run}#in-doubt",
        NextStep.SHOW_RUN: "/runs/{run}",
        NextStep.WAIT_FOR_RUN: "/runs/{run}",
        NextStep.WRITE_RESULTS: "/runs/{run}#results",
        NextStep.RESOLVE_EARLIER_RUN: "/runs?needs=person",
        NextStep.LIST_RUNS: "/runs",
        NextStep.TEST_CONNECTIONS: "/connections",
        NextStep.ASK_DOCTOR: "/connections#everything",
        NextStep.READ_DOCTOR: "/connections#everything",
        NextStep.WHERE_KEYS_COME_FROM: "/connections#everything",
        NextStep.TRY_IN_SANDBOX: "/practice",
        NextStep.CHECK_SHEET: "/",
    }
)


# The advice of these codes speaks of choices by the names that other faces have for them.
_TOLD_IN_OUR_WORDS = frozenset(
    {
        NextStep.SEND_ALL_THE_SAME,
        NextStep.ASK_ANEW,
        NextStep.CHOOSE_MORE_ROWS,
        NextStep.INCLUDE_HIDDEN_ROWS,
    }
)
_DONE_WITH_THE_RUN = frozenset({NextStep.RESUME, NextStep.RETRY, NextStep.RESOLVE})
# What stands behind the same in plain words.
_COMMANDS = re.compile(r" \((?:doctor|resolve|resume|retry)\)")


@dataclass(frozen=True, slots=True)
class PageStep:
    """Words, and the address where it is done; empty where that is on this very page, or not on any."""

    words: str
    address: str = ""


def page_step(todo: Step) -> PageStep:
    """One step in the words of the page."""
    parameters = Parameters(todo.parameters)
    place = _PLACES.get(todo.action, "")
    is_known = "{run}" not in place or "run" in todo.parameters
    return PageStep(
        translated(_WORDS[todo.action]).format_map(parameters), place.format_map(parameters) if is_known else "/runs"
    )


def page_steps(steps: Iterable[Step]) -> list[PageStep]:
    """Several."""
    return [page_step(each) for each in steps]


def told_parts(told: Told) -> list[PageStep]:
    """A sentence with its steps, part by part: what is the case first, without an address."""
    match told:
        case Advised(text, steps):
            return [*([PageStep(text)] if text else []), *page_steps(steps)]
        case str():
            return [PageStep(told)] if told else []


def advice_on_page(code: str, run_id: str = "") -> list[PageStep]:
    """What to do about a row with this code; nothing where nothing is to be done, or the code is not known.

    With a run, what is done with the whole of it leads there.
    """
    record = RECORDS.get(code)
    if record is None:
        return []
    action = record.next_step
    if action in _TOLD_IN_OUR_WORDS:
        return [page_step(step(action))]
    told = [PageStep(_COMMANDS.sub("", words(record.advice)))]
    if action in _DONE_WITH_THE_RUN and run_id:
        return [*told, PageStep(words("Go to the run"), page_step(step(action, run=run_id)).address)]
    return told
