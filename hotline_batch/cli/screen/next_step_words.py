"""What is to be done -> how that is done with this program's commands and options. The only place that knows both."""

from __future__ import annotations

from collections.abc import Mapping

from hotline_batch.errors import HotlineBatchError
from hotline_batch.language.formats import list_of
from hotline_batch.language.words import marked, translated
from hotline_batch.next_step import NextStep, Parameters, Step, Told, told_with

_WORDS: Mapping[NextStep, str] = marked(
    {
        NextStep.SEND_ALL_THE_SAME: "hotline-batch send SHEET --duplicate-window 0",
        NextStep.CHOOSE_MORE_ROWS: "--rows, --limit and --where choose rows; leave them away",
        NextStep.INCLUDE_HIDDEN_ROWS: "--hidden-rows include",
        NextStep.ASK_ANEW: "leave --max-age away",
        NextStep.CHECK_SETTINGS: "hotline-batch doctor; then hotline-batch resume RUN",
        NextStep.RESUME: "hotline-batch resume {run}{flags}",
        NextStep.RETRY: "hotline-batch retry {run}{flags}",
        NextStep.RESOLVE: "hotline-batch resolve {run} --rows N --delivered{flags} (or --not-delivered, or --resend)",
        NextStep.RESOLVE_EARLIER_RUN: "settle them there with 'hotline-batch resolve' (the column hotline_error names "
        "the run), then send this sheet again.",
        NextStep.SHOW_RUN: "hotline-batch runs show {run}{flags}",
        NextStep.LIST_RUNS: "See 'hotline-batch runs list'.",
        NextStep.WAIT_FOR_RUN: "Wait until it ends; watch it with 'hotline-batch runs show {run}'.",
        NextStep.WRITE_RESULTS: "hotline-batch results {run} -o FILE",
        NextStep.CORRECT_AGAIN: "To reach those whom it did not reach: hotline-batch correct {run} --again.",
        NextStep.CORRECT_CORRECTION: "If it was wrong as well: hotline-batch correct {run}.",
        NextStep.APPROVE: "Another person approves it with 'hotline-batch approve {run}'; then go on with "
        "'hotline-batch resume {run}'.",
        NextStep.PRUNE_RUNS: "Make room: 'hotline-batch runs prune --older-than 90d' forgets old texts.",
        NextStep.NAME_WORKSHEET: "Name the one that is meant, for example --worksheet '{name}'.",
        NextStep.CHOOSE_OTHER_WORKSHEET: "Choose another with --worksheet",
        NextStep.USE_WORKSHEET: "use --worksheet '{name}'.",
        NextStep.USE_WORKSHEET_FROM_ROW: "use --worksheet '{name}' --header-row {row}.",
        NextStep.LEAVE_OUT_WORKSHEET: "Leave out --worksheet.",
        NextStep.NAME_HEADER_ROW: "Pass the number of the row with the column names as --header-row.",
        NextStep.NAME_HEADER_ROW_BELOW_TITLE: "If row {title} is only a title, pass the number of the row with the "
        "column names, for example --header-row {row}.",
        NextStep.USE_HEADER_ROW: "Row {row} looks like the header: use --header-row {row}.",
        NextStep.ADD_HEADER_ROW: "Add a header row that names the columns, for example '{field}', or pass --header-row "
        "0 if the sheet has none.",
        NextStep.NAME_DELIMITER: "Pass ';', ',', 'tab' or '|' as --delimiter; a sheet that has another one becomes one "
        "of these in the spreadsheet program: save it as XLSX.",
        NextStep.NAME_ENCODING: "Pass another --encoding, or save the sheet as XLSX.",
        NextStep.USE_ENCODING: "If that looks right, pass --encoding {encoding}; otherwise save the sheet as 'CSV "
        "UTF-8' or as XLSX.",
        NextStep.LEAVE_OUT_CSV_CHOICES: "Leave out --delimiter and --encoding; they are for CSV files.",
        NextStep.CHOOSE_HIDDEN_ROW: "Say what is to happen with it: --hidden-rows skip leaves it out, --hidden-rows "
        "include treats it like all others.",
        NextStep.CHOOSE_HIDDEN_ROWS: "Say what is to happen with them: --hidden-rows skip leaves them out, "
        "--hidden-rows include treats them like all others.",
        NextStep.WATCH_FOLDER: "Name one sheet in it, or use 'hotline-batch watch' for a folder.",
        NextStep.MAP_COLUMN: "Perhaps '{column}' is meant: use --map '{field}={column}'.",
        NextStep.CHOOSE_COLUMN: "Say which one: {maps}.",
        NextStep.NAME_COLUMN: "Name one column '{field}', or use --map '{field}=COLUMN'.",
        NextStep.NAME_TOPIC_COLUMN: "Name one column '{field}' (group_id and topic_id do as well), or use --map "
        "'{field}=COLUMN'.",
        NextStep.NAME_MESSAGE_COLUMN: "Name one column 'message', use --map 'message=COLUMN', or give a template (-m "
        "or -t).",
        NextStep.DIVIDE_COLUMNS: "Column '{column}' has a '{delimiter}' in its name: if that divides the columns, "
        "use --delimiter '{delimiter}'; otherwise rename the column '{field}', or use --map '{field}={column}'.",
        NextStep.MAP_OTHERWISE: "--map overrides",
        NextStep.USE_TEMPLATE: "Use -m or -t for a template.",
        NextStep.CHOOSE_ONE_MESSAGE: "Give the message either with --message or with --template, not with both.",
        NextStep.SEND_WHATEVER_WAS_SENT: "(--duplicate-window 0 sends all rows, whatever was sent before.)",
        NextStep.CHOOSE_OUTPUT: "Choose another -o FILE.",
        NextStep.CHOOSE_OUTPUT_LIKE: "Choose an -o FILE that ends in {ending}.",
        NextStep.CHOOSE_OUTPUT_OR_REPLACE: "Choose another -o FILE, or pass --force to replace it.",
        NextStep.CREATE_OUTPUT_FOLDER: "Create it, or choose another -o FILE.",
        NextStep.NAME_OUTPUT_IN_FOLDER: "Name a file in it with -o FILE.",
        NextStep.CHECK_WITHOUT_MARKS: "Check it without -o, or divide it.",
        NextStep.SET_UP_CONNECTION: "Set HOTLINE_INSTANCE and HOTLINE_API_KEY, or see 'hotline-batch connections add "
        "--help'.",
        NextStep.TRY_IN_SANDBOX: "Set HOTLINE_INSTANCE, HOTLINE_API_KEY and HOTLINE_X_API_KEY, or try the program out "
        "with --sandbox.",
        NextStep.CHOOSE_CONNECTION: "Choose one with --connection, or set default_connection in hotline-batch.toml.",
        NextStep.CHOOSE_CONNECTION_BY_ROW: "Set default_connection, pass --connection, or fill the column 'connection' "
        "in each row.",
        NextStep.CONFIRM_CONNECTION: "Pass --confirm {name}.",
        NextStep.TEST_CONNECTIONS: "Compare the path with what Hotline told you, then ask with keys: hotline-batch "
        "connections test",
        NextStep.TRY_NEWS: "Whether a message arrives, this shows: hotline-batch notify test",
        NextStep.LOOK_UP_ONE: "Try again in a minute, then look a topic up that exists: hotline-batch enrich SHEET "
        "--limit 1",
        NextStep.CORRECT_SETTINGS_FILE: "Correct the path after --config.",
        NextStep.NAME_OTHER_SETTINGS_FILE: "Let this user read its folder, or name another file with --config.",
        NextStep.NAME_LEDGER: "Name a place for it with --ledger, the same one every time: it knows what was sent.",
        NextStep.ASK_DOCTOR: "Run 'hotline-batch doctor'.",
        NextStep.READ_DOCTOR: "Bring back a copy of it; 'hotline-batch doctor' tells more.",
        NextStep.WHERE_KEYS_COME_FROM: "'hotline-batch doctor' says where the keys come from.",
        NextStep.LOOK_AT_EVERY_PAGE: "To look at all of it: hotline-batch doctor --full",
        NextStep.SAVE_WHAT_CAN_BE_READ: "Copy it away, write what can still be read with 'hotline-batch results RUN -o "
        "FILE', and bring your backup back.",
        NextStep.LOWER_CONCURRENCY: "Lower --concurrency.",
        NextStep.CHECK_SHEET: " hotline-batch check FILE.xlsx --for {kind}",
        NextStep.RUN_SHEET: " hotline-batch {kind} FILE.xlsx",
    }
)


def step_words(step: Step, flags: str = "") -> str:
    """How a step is done on the command line; ``flags`` are options that every command needs here."""
    template = _WORDS.get(step.action)
    if template is None:
        return str(step)
    values = Parameters(step.parameters, flags=flags)
    match step.parameters:
        case {"field": str(field), "columns": tuple(columns)}:
            values["maps"] = list_of([f"--map '{field}={column}'" for column in columns], "or")
    return translated(template).format_map(values)


def on_terminal(told: Told) -> str:
    """A sentence with how to do what it advises."""
    return told_with(told, step_words)


def error_words(error: HotlineBatchError) -> str:
    """What an error says, and how to do what it advises."""
    return error.told_with(step_words)


def command_for(action: NextStep | None) -> str:
    """The command or option, ``RUN`` and ``N`` standing for the run and its rows; empty where none is needed."""
    return translated(_WORDS[action]).format_map(Parameters(flags="")) if action and action in _WORDS else ""
