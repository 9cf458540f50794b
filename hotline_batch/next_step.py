"""What a person can do next, as data -> neutral words that hold for every face; each face says itself how it is done.

An error, a warning or a finding is a text that says what is the case, and steps that say what can be done about it. A
text that ends in a colon is gone on with by the words of its first step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from hotline_batch.language.words import marked, said_again, translated


class NextStep(StrEnum):
    """One thing to do."""

    # ── about a row ──
    MEND_ROW = "mend_row"
    """Mend the sheet, and give the program those rows again."""
    MEND_INVALID_ROWS = "mend_invalid_rows"
    """The same for all rows of a run that could not be used."""
    SEND_SHEET_AGAIN = "send_sheet_again"
    SEND_ALL_THE_SAME = "send_all_the_same"
    """Send what was sent before once more, on purpose."""
    CHOOSE_MORE_ROWS = "choose_more_rows"
    INCLUDE_HIDDEN_ROWS = "include_hidden_rows"
    ASK_ANEW = "ask_anew"
    """Look the topic up although an answer is known."""

    # ── about a run ──
    CHECK_SETTINGS = "check_settings"
    """Mend the settings, then let the run go on."""
    RESUME = "resume"
    RETRY = "retry"
    RESOLVE = "resolve"
    """Look into the topic, then say what became of the row."""
    RESOLVE_EARLIER_RUN = "resolve_earlier_run"
    SHOW_RUN = "show_run"
    LIST_RUNS = "list_runs"
    WAIT_FOR_RUN = "wait_for_run"
    WRITE_RESULTS = "write_results"
    PRUNE_RUNS = "prune_runs"
    CORRECT_AGAIN = "correct_again"
    """Correct the run once more, for those whom its correction did not reach."""
    CORRECT_CORRECTION = "correct_correction"
    """The correction was wrong as well."""
    APPROVE = "approve"
    """Have somebody else look at it and approve it."""

    # ── about an export of the group ──
    EXPORT_GROUP = "export_group"
    """Export the operators' group with Telegram Desktop, as JSON."""
    EXPORT_GROUP_AGAIN = "export_group_again"

    # ── about how a sheet is read ──
    NAME_WORKSHEET = "name_worksheet"
    CHOOSE_OTHER_WORKSHEET = "choose_other_worksheet"
    USE_WORKSHEET = "use_worksheet"
    USE_WORKSHEET_FROM_ROW = "use_worksheet_from_row"
    LEAVE_OUT_WORKSHEET = "leave_out_worksheet"
    NAME_HEADER_ROW = "name_header_row"
    NAME_HEADER_ROW_BELOW_TITLE = "name_header_row_below_title"
    USE_HEADER_ROW = "use_header_row"
    ADD_HEADER_ROW = "add_header_row"
    NAME_DELIMITER = "name_delimiter"
    NAME_ENCODING = "name_encoding"
    USE_ENCODING = "use_encoding"
    LEAVE_OUT_CSV_CHOICES = "leave_out_csv_choices"
    CHOOSE_HIDDEN_ROW = "choose_hidden_row"
    CHOOSE_HIDDEN_ROWS = "choose_hidden_rows"
    WATCH_FOLDER = "watch_folder"

    # ── about columns and messages ──
    MAP_COLUMN = "map_column"
    CHOOSE_COLUMN = "choose_column"
    NAME_COLUMN = "name_column"
    NAME_TOPIC_COLUMN = "name_topic_column"
    NAME_MESSAGE_COLUMN = "name_message_column"
    DIVIDE_COLUMNS = "divide_columns"
    MAP_OTHERWISE = "map_otherwise"
    USE_TEMPLATE = "use_template"
    CHOOSE_ONE_MESSAGE = "choose_one_message"
    SEND_WHATEVER_WAS_SENT = "send_whatever_was_sent"

    # ── about what is written ──
    CHOOSE_OUTPUT = "choose_output"
    CHOOSE_OUTPUT_LIKE = "choose_output_like"
    CHOOSE_OUTPUT_OR_REPLACE = "choose_output_or_replace"
    CREATE_OUTPUT_FOLDER = "create_output_folder"
    NAME_OUTPUT_IN_FOLDER = "name_output_in_folder"
    CHECK_WITHOUT_MARKS = "check_without_marks"

    # ── about the settings and the machine ──
    SET_UP_CONNECTION = "set_up_connection"
    TRY_IN_SANDBOX = "try_in_sandbox"
    CHOOSE_CONNECTION = "choose_connection"
    CHOOSE_CONNECTION_BY_ROW = "choose_connection_by_row"
    CONFIRM_CONNECTION = "confirm_connection"
    TEST_CONNECTIONS = "test_connections"
    TRY_NEWS = "try_news"
    LOOK_UP_ONE = "look_up_one"
    CORRECT_SETTINGS_FILE = "correct_settings_file"
    NAME_OTHER_SETTINGS_FILE = "name_other_settings_file"
    NAME_LEDGER = "name_ledger"
    ASK_DOCTOR = "ask_doctor"
    READ_DOCTOR = "read_doctor"
    WHERE_KEYS_COME_FROM = "where_keys_come_from"
    LOOK_AT_EVERY_PAGE = "look_at_every_page"
    SAVE_WHAT_CAN_BE_READ = "save_what_can_be_read"
    LOWER_CONCURRENCY = "lower_concurrency"

    # ── about a blank sheet that was filled in ──
    CHECK_SHEET = "check_sheet"
    RUN_SHEET = "run_sheet"


_NEUTRAL_WORDS: Mapping[NextStep, str] = marked(
    {
        NextStep.MEND_ROW: "Mend the row in the sheet, then give the program the sheet again.",
        NextStep.MEND_INVALID_ROWS: "Mend the invalid rows in the sheet, then give the program those rows alone.",
        NextStep.SEND_SHEET_AGAIN: "Send the sheet again.",
        NextStep.SEND_ALL_THE_SAME: "Send the sheet with a duplicate window of 0.",
        NextStep.CHOOSE_MORE_ROWS: "Choose more rows.",
        NextStep.INCLUDE_HIDDEN_ROWS: "Include hidden rows.",
        NextStep.ASK_ANEW: "Allow no earlier answers.",
        NextStep.CHECK_SETTINGS: "Check the settings, then go on with the run (resume).",
        NextStep.RESUME: "resume {run}",
        NextStep.RETRY: "retry {run}",
        NextStep.RESOLVE: "resolve {run} (delivered, not delivered, or to be sent again)",
        NextStep.RESOLVE_EARLIER_RUN: "settle them there (resolve; the column hotline_error names the run), then send "
        "this sheet again.",
        NextStep.SHOW_RUN: "runs show {run}",
        NextStep.LIST_RUNS: "See the list of runs.",
        NextStep.WAIT_FOR_RUN: "Wait until it ends.",
        NextStep.WRITE_RESULTS: "results {run}",
        NextStep.CORRECT_AGAIN: "To reach those whom it did not reach, ask for another correction of {run} (again).",
        NextStep.CORRECT_CORRECTION: "If it was wrong as well, correct {run}.",
        NextStep.APPROVE: "Have somebody else look at it and approve it.",
        NextStep.PRUNE_RUNS: "Make room: pruning old runs forgets their texts.",
        NextStep.EXPORT_GROUP: "In Telegram Desktop, open the operators' group, choose 'View as messages' in its menu, "
        "then 'Export chat history' with the format 'Machine-readable JSON' and all dates.",
        NextStep.EXPORT_GROUP_AGAIN: "Export it again with today's Telegram Desktop, and wait until it says that it is "
        "done.",
        NextStep.NAME_WORKSHEET: "Name the one that is meant, for example '{name}'.",
        NextStep.CHOOSE_OTHER_WORKSHEET: "Another can be chosen",
        NextStep.USE_WORKSHEET: "use worksheet '{name}'.",
        NextStep.USE_WORKSHEET_FROM_ROW: "use worksheet '{name}' with row {row} as its header.",
        NextStep.LEAVE_OUT_WORKSHEET: "Name no worksheet.",
        NextStep.NAME_HEADER_ROW: "Give the number of the row with the column names as the header row.",
        NextStep.NAME_HEADER_ROW_BELOW_TITLE: "If row {title} is only a title, give the number of the row with the "
        "column names as the header row, for example {row}.",
        NextStep.USE_HEADER_ROW: "Row {row} looks like the header: use it as the header row.",
        NextStep.ADD_HEADER_ROW: "Add a header row that names the columns, for example '{field}', or say that the "
        "sheet has none (header row 0).",
        NextStep.NAME_DELIMITER: "Choose ';', ',', 'tab' or '|'; a sheet that has another one becomes one of these in "
        "the spreadsheet program: save it as XLSX.",
        NextStep.NAME_ENCODING: "Choose another encoding, or save the sheet as XLSX.",
        NextStep.USE_ENCODING: "If that looks right, choose the encoding {encoding}; otherwise save the sheet as 'CSV "
        "UTF-8' or as XLSX.",
        NextStep.LEAVE_OUT_CSV_CHOICES: "Choose neither a delimiter nor an encoding; they are for CSV files.",
        NextStep.CHOOSE_HIDDEN_ROW: "Say what is to happen with it: skip leaves it out, include treats it like all "
        "others.",
        NextStep.CHOOSE_HIDDEN_ROWS: "Say what is to happen with them: skip leaves them out, include treats them like "
        "all others.",
        NextStep.WATCH_FOLDER: "Name one sheet in it, or have the folder watched.",
        NextStep.MAP_COLUMN: "Perhaps '{column}' is meant; map '{field}' to it.",
        NextStep.CHOOSE_COLUMN: "Say which one.",
        NextStep.NAME_COLUMN: "Name one column '{field}', or map '{field}' to one.",
        NextStep.NAME_TOPIC_COLUMN: "Name one column '{field}' (group_id and topic_id do as well), or map '{field}' to "
        "one.",
        NextStep.NAME_MESSAGE_COLUMN: "Name one column 'message', map 'message' to one, or give a template.",
        NextStep.DIVIDE_COLUMNS: "Column '{column}' has a '{delimiter}' in its name: if that divides the columns, "
        "choose it as the delimiter; otherwise rename the column '{field}', or map '{field}' to '{column}'.",
        NextStep.MAP_OTHERWISE: "What is mapped now overrides it",
        NextStep.USE_TEMPLATE: "To have it filled in, give it as a template.",
        NextStep.CHOOSE_ONE_MESSAGE: "Give the message either as a text or as a template, not as both.",
        NextStep.SEND_WHATEVER_WAS_SENT: "(A duplicate window of 0 sends all rows, whatever was sent before.)",
        NextStep.CHOOSE_OUTPUT: "Choose another file.",
        NextStep.CHOOSE_OUTPUT_LIKE: "Choose a file that ends in {ending}.",
        NextStep.CHOOSE_OUTPUT_OR_REPLACE: "Choose another file, or allow that it is replaced (force).",
        NextStep.CREATE_OUTPUT_FOLDER: "Create it, or choose another file.",
        NextStep.NAME_OUTPUT_IN_FOLDER: "Name a file in it.",
        NextStep.CHECK_WITHOUT_MARKS: "Check it without a marked sheet, or divide it.",
        NextStep.SET_UP_CONNECTION: "Set HOTLINE_INSTANCE and HOTLINE_API_KEY, or add a connection.",
        NextStep.TRY_IN_SANDBOX: "Set HOTLINE_INSTANCE, HOTLINE_API_KEY and HOTLINE_X_API_KEY, or try the program out "
        "in the sandbox.",
        NextStep.CHOOSE_CONNECTION: "Choose a connection, or set default_connection in hotline-batch.toml.",
        NextStep.CHOOSE_CONNECTION_BY_ROW: "Set default_connection, choose a connection, or fill the column "
        "'connection' in each row.",
        NextStep.CONFIRM_CONNECTION: "Confirm it with its name.",
        NextStep.TEST_CONNECTIONS: "Compare the path with what Hotline told you, then test the connections.",
        NextStep.TRY_NEWS: "A test message shows whether it arrives.",
        NextStep.LOOK_UP_ONE: "Try again in a minute, then look a topic up that exists.",
        NextStep.CORRECT_SETTINGS_FILE: "Correct the path.",
        NextStep.NAME_OTHER_SETTINGS_FILE: "Let this user read its folder, or name another settings file.",
        NextStep.NAME_LEDGER: "Name a place for the ledger, the same one every time: it knows what was sent.",
        NextStep.ASK_DOCTOR: "Have the ledger looked at (doctor).",
        NextStep.READ_DOCTOR: "Bring back a copy of it; the doctor tells more.",
        NextStep.WHERE_KEYS_COME_FROM: "The doctor says where the keys come from.",
        NextStep.LOOK_AT_EVERY_PAGE: "Ask for a full look (doctor) to look at all of it.",
        NextStep.SAVE_WHAT_CAN_BE_READ: "Copy it away, write the results that can still be read, and bring your backup "
        "back.",
        NextStep.LOWER_CONCURRENCY: "Lower the concurrency.",
        NextStep.CHECK_SHEET: "check",
        NextStep.RUN_SHEET: "{kind}",
    }
)


class Parameters(dict[str, object]):
    """What the words of a step are filled in with; what is not known is told by its name, such as ``RUN``."""

    def __missing__(self, name: str) -> str:
        return name.upper()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, with what it is to be done with; reads as neutral words."""

    action: NextStep
    parameters: Mapping[str, str | int | tuple[str, ...]] = field(hash=False)

    def __str__(self) -> str:
        return translated(_NEUTRAL_WORDS[self.action]).format_map(Parameters(self.parameters))


SaysHow: TypeAlias = Callable[[Step], str]
"""The words of a face for a step; ``str`` gives the neutral ones."""


def step(action: NextStep, **parameters: str | int | tuple[str, ...]) -> Step:
    """A step with its parameters by name."""
    return Step(action, parameters)


@dataclass(frozen=True, slots=True)
class Advised:
    """A text that says what is the case, and what can be done about it; reads as neutral words."""

    text: str
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return with_steps(self.text, self.steps, str)


Told: TypeAlias = str | Advised
"""A sentence for a person, with or without steps."""


def advised(text: str, *steps: Step) -> Advised:
    """A text with its steps."""
    return Advised(text, steps)


def told_with(told: Told, say: SaysHow) -> str:
    """A sentence in the words of a face."""
    return said_again(told) if isinstance(told, str) else with_steps(told.text, told.steps, say)


def with_steps(text: str, steps: Iterable[Step], say: SaysHow) -> str:
    """A text with what can be done about it behind, in the language of whoever reads now."""
    return " ".join(part for part in (said_again(text), *map(say, steps)) if part)
