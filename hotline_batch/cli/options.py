"""The options that several commands take, and how they become choices."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from hotline_batch.application.choices import BatchChoices, DriveChoices
from hotline_batch.application.samples import sample_instead
from hotline_batch.cli.completing import complete_connections, complete_files, complete_templates
from hotline_batch.cli.logged import logged
from hotline_batch.model import Kind
from hotline_batch.settings.addresses import shown_address
from hotline_batch.settings.log_settings import FORMATS, LOG_KEYS

if TYPE_CHECKING:
    from hotline_batch.settings.model import Settings

Command = TypeVar("Command", bound=Callable[..., Any])

# Long option name -> parameter, where they differ.
_PARAMETERS = {"map": "column_map", "json": "as_json"}
_NOT_GIVEN = (None, False, ())
# Two ways to say the same: one of them on the command line goes before either in the settings file.
_MESSAGES = ("message", "template")
_DRIVE_NAMES = tuple(DriveChoices.__dataclass_fields__)


def together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, shown in their order."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def settings_to_tell_with(config: str | None, ledger: str | None) -> Settings:
    """The settings of a command that only tells of runs; what is wrong with them is said, and does not stop it."""
    from hotline_batch.settings.load import readable_settings  # noqa: PLC0415 - help needs no settings

    settings, problem = readable_settings(config=config, ledger=ledger)
    if problem:
        click.echo(f"Note: {problem}", err=True)
    return settings


sheet = click.argument("sheet", metavar="SHEET", shell_complete=complete_files)

layout = together(
    click.option("--worksheet", metavar="NAME", help="Worksheet of the workbook (default: the active, visible one)."),
    click.option("--delimiter", metavar="CHAR", help="Delimiter of a CSV file: ; , tab or |."),
    click.option("--encoding", metavar="NAME", help="Encoding of a CSV file, such as cp1252."),
    click.option(
        "--header-row", type=click.IntRange(min=0), metavar="N",
        help="Row that holds the column names; 0: there is none, and the columns are called column_1, column_2, …",
    ),
)  # fmt: skip

reading = together(
    layout,
    click.option(
        "--map", "column_map", metavar="FIELD=COLUMN", multiple=True,
        help="Which column holds user_id, message, topic_link, group_id, topic_id or connection. May be repeated.",
    ),
    click.option("--rows", metavar="2-50,77", help="Only these rows of the sheet."),
    click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N usable rows."),
    click.option(
        "--where",
        metavar="'COLUMN=VALUE'",
        multiple=True,
        help="Only rows where that is so; also COLUMN!=VALUE and COLUMN~PATTERN. May be repeated.",
    ),
    click.option(
        "--hidden-rows",
        type=click.Choice(["skip", "include"]),
        help="What to do with rows that are hidden or filtered out in the workbook (default: stop and say so).",
    ),
)  # fmt: skip

message = together(
    click.option("-m", "--message", metavar="TEXT", help="Message template; {{ column }} is filled in from the row."),
    click.option(
        "-t",
        "--template",
        metavar="NAME|PATH",
        shell_complete=complete_templates,
        help="Message template by name or from a file.",
    ),
)

writing = together(
    click.option(
        "-o", "--output", metavar="FILE", shell_complete=complete_files,
        help="Result sheet, .xlsx or .csv; - is CSV on stdout (default: <stem>.results.<ext> beside the sheet).",
    ),
    click.option("--force", is_flag=True, help="Replace an existing result sheet."),
)  # fmt: skip

pace = together(
    click.option("--rate", metavar="R", help="Most requests per connection, such as 18/min, 5/s or 1000/h."),
    click.option("--concurrency", type=click.IntRange(1, 256), metavar="N", help="Requests in flight at most (8)."),
    click.option("--timeout", type=float, metavar="S", help="Seconds to wait for an answer, at least 10 (30)."),
    click.option("--attempts", type=click.IntRange(1, 100), metavar="N", help="Attempts per row at most (5)."),
    click.option(
        "--max-errors", metavar="N|P%", help="Stop after N failed rows in a row, or that share of all rows (10)."
    ),
)

duplicate_window = click.option(
    "--duplicate-window", metavar="D", help="Skip what was sent to the same user within D, such as 24h; 0: never (24h)."
)

connection = click.option(
    "--connection", metavar="NAME", shell_complete=complete_connections, help="Which connection of the settings to use."
)
confirm = click.option(
    "--confirm",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_connections,
    help="Name of a connection that asks for it before anything is sent. May be repeated.",
)
sandbox = click.option("--sandbox", is_flag=True, help="Use a private pretend Hotline: no account, no network.")
yes = click.option("-y", "--yes", is_flag=True, help="Do not ask before sending.")

talking = together(
    click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object on standard output."),
    click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong."),
    click.option("--no-color", is_flag=True, help="No colours (also: NO_COLOR)."),
)

logging = together(
    click.option(
        "--log-file", metavar="FILE", shell_complete=complete_files,
        help="Write down what the program does, never keys or texts (HOTLINE_BATCH_LOG_FILE).",
    ),
    click.option(
        "--log-format", type=click.Choice(FORMATS), metavar="text|json",
        help="Form of the log: text, or one JSON object a line (HOTLINE_BATCH_LOG_FORMAT).",
    ),
    click.option(
        "--debug", is_flag=True,
        help="Write down more, and tracebacks; without a log file on the screen (HOTLINE_BATCH_DEBUG).",
    ),
)  # fmt: skip
"""What every command takes; beneath it stands ``logged``, or one of its variants."""

config = click.option(
    "--config",
    metavar="FILE",
    shell_complete=complete_files,
    help="Settings file (HOTLINE_BATCH_CONFIG, hotline-batch.toml).",
)
places = together(
    click.option("--ledger", metavar="URL", help="Where runs are kept, such as sqlite:///PATH (HOTLINE_BATCH_LEDGER)."),
    config,
)
settings = together(places, logging, logged)

max_age = click.option(
    "--max-age", metavar="D", help="Use answers of earlier runs that are younger than D, such as 1d, instead of asking."
)
only = click.option(
    "--only",
    type=click.Choice(["changed"]),
    help="Write only the rows whose dialog changed since it was looked up before; the others are counted.",
)

columns = together(
    click.option(
        "--columns",
        metavar="NAMES",
        help="Only these columns in the result sheet, divided by commas; row number and status are always there.",
    ),
    click.option(
        "--leave-out",
        metavar="NAMES",
        help="Leave these columns out of the result sheet; personal_data stands for names, phones and titles.",
    ),
)

verbose = click.option("-v", "--verbose", is_flag=True, help="Also say where each setting comes from.")

going_on = together(
    yes,
    confirm,
    click.option(
        "-o", "--output", metavar="FILE", shell_complete=complete_files,
        help="Result sheet (default: that of the run, which is replaced).",
    ),
    pace,
    talking,
    verbose,
    settings,
)  # fmt: skip
"""What every command takes that goes on with a run."""

canary = click.option(
    "--canary", type=click.IntRange(min=1), metavar="N", help="Do N rows, show their links, ask before going on."
)


def with_defaults(options: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a command; where none was given, the default of the settings file."""
    given = dict(options)
    has_message = any(given.get(name) is not None for name in _MESSAGES)
    for name, default in defaults.items():
        parameter = _PARAMETERS.get(name, name)
        if parameter not in given or not _is_blank(given[parameter]) or (has_message and name in _MESSAGES):
            continue
        given[parameter] = _repeated(default) if given[parameter] == () else default
    return given


def given_values(options: Mapping[str, Any]) -> dict[str, object]:
    """What was given on the command line, by the key of the settings file."""
    keys = {parameter: name for name, parameter in _PARAMETERS.items()}
    return {keys.get(name, name): value for name, value in options.items() if not _is_blank(value)}


def given_about_log() -> dict[str, object]:
    """What was given on the command line about the log, by the key of the settings file."""
    params = click.get_current_context().params
    return given_values({name: params[name] for name in LOG_KEYS})


def _is_blank(value: object) -> bool:
    return any(value is blank for blank in _NOT_GIVEN)


def _repeated(default: object) -> Sequence[str]:
    """The default of an option that may be repeated: one text, a list of them, or a table of FIELD = COLUMN."""
    match default:
        case str():
            return (default,)
        case Mapping():
            return tuple(f"{key}={value}" for key, value in default.items())
        case _:
            return tuple(default)  # type: ignore[arg-type]  # a list of texts, as the settings file's check says


def choices_of(kind: Kind, options: Mapping[str, Any]) -> BatchChoices:
    """The options of a command as choices."""
    drive = DriveChoices(**{name: options[name] for name in _DRIVE_NAMES if name in options})
    names = set(BatchChoices.__dataclass_fields__) - {"kind", "drive", "column_map"}
    given = {name: options[name] for name in names if name in options} | _sample(options)
    return BatchChoices(kind=kind, column_map=_pairs(options["column_map"]), drive=drive, **given)


def _sample(options: Mapping[str, Any]) -> dict[str, str]:
    """Sheet and output, where one of the program's own samples is meant; its result lies in the working folder."""
    sheet = options["sheet"]
    sample = sample_instead(sheet)
    if sample is None:
        return {}
    if not options.get("sandbox"):
        raise click.UsageError(
            f"There is no file {sheet}. A sample of that name comes with the program: for practice, with --sandbox."
        )
    if not options.get("quiet"):
        click.echo(f"There is no file {sheet} here, so the sample that comes with the program is used.", err=True)
    from hotline_batch.application.planning import default_output  # noqa: PLC0415 - help needs none of the rooms behind it

    return {"sheet": str(sample), "output": options.get("output") or default_output(sample.name)}


def drive_choices_of(options: Mapping[str, Any]) -> DriveChoices:
    """The options of a command that drives a run which is planned already."""
    return DriveChoices(**{name: options[name] for name in _DRIVE_NAMES if name in options})


def pointing(options: Mapping[str, Any]) -> str:
    """The options with which another command finds the same ledger and settings; a password in them is not told."""
    ledger, config = options.get("ledger"), options.get("config")
    named = {"--ledger": shown_address(ledger) if ledger else None, "--config": config}
    return "".join(f" {flag} {shlex.quote(value)}" for flag, value in named.items() if value)


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        field, equals, column = text.partition("=")
        if not equals or not field.strip() or not column.strip():
            raise click.UsageError(f"--map {text}: write FIELD=COLUMN, for example --map user_id=Kunden-ID.")
        field, column = field.strip(), column.strip()
        if pairs.setdefault(field, column) != column:
            raise click.UsageError(
                f"--map names {field} twice: '{pairs[field]}' and '{column}'. Leave one of them out."
            )
    return pairs
