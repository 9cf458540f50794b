"""The options of a command, as click hands them over, and the defaults of the settings file -> what is asked for."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from hotline_batch.application.planning.request import SheetRequest, default_output
from hotline_batch.application.practice import sample_instead
from hotline_batch.cli.screen.next_step_words import on_terminal
from hotline_batch.language.words import words
from hotline_batch.model.jobs import Kind
from hotline_batch.run_options import Limits, limits_named, option_names, options_named
from hotline_batch.settings.addresses import shown_address
from hotline_batch.settings.process import LOG_KEYS

if TYPE_CHECKING:
    from hotline_batch.settings.model import Settings

# Long option name -> parameter, where they differ.
_PARAMETERS = {"map": "column_map", "json": "as_json"}
_NOT_GIVEN = (None, False, ())
# Two ways to say the same: one of them on the command line goes before either in the settings file.
_MESSAGES = ("message", "template")
_OF_THE_SHEET = ("sheet", "output", "result_format", "force")


def settings_of(options: Mapping[str, Any]) -> Settings:
    """The settings of a command that does something. SettingsError where they cannot be used."""
    from hotline_batch.settings.load import load_settings  # noqa: PLC0415 - help needs no settings

    return load_settings(config=options["config"], ledger=options["ledger"])


def settings_to_tell_with(options: Mapping[str, Any]) -> Settings:
    """The settings of a command that only tells of runs; what is wrong with them is said, and does not stop it."""
    from hotline_batch.settings.load import readable_settings  # noqa: PLC0415 - help needs no settings

    settings, problem = readable_settings(config=options["config"], ledger=options["ledger"])
    if problem:
        click.echo(words("Note: {problem}", problem=on_terminal(problem)), err=True)
    return settings


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


def request_of(kind: Kind, options: Mapping[str, Any]) -> SheetRequest:
    """The options of a command as what is asked for."""
    named = {name: options[name] for name in option_names() if name in options}
    named["column_map"] = _pairs(options["column_map"])
    of_sheet = {name: options[name] for name in _OF_THE_SHEET if name in options} | _sample(options)
    return SheetRequest(kind, options=options_named(named), **of_sheet)


def _sample(options: Mapping[str, Any]) -> dict[str, str]:
    """Sheet and output, where one of the program's own samples is meant; its result lies in the working folder."""
    sheet = options["sheet"]
    sample = sample_instead(sheet)
    if sample is None:
        return {}
    if not options.get("sandbox"):
        raise click.UsageError(
            words(
                "There is no file {sheet}. A sample of that name comes with the program: for practice, with --sandbox.",
                sheet=sheet,
            )
        )
    if not options.get("quiet"):
        click.echo(
            words("There is no file {sheet} here, so the sample that comes with the program is used.", sheet=sheet),
            err=True,
        )
    return {
        "sheet": str(sample),
        "output": options.get("output") or default_output(sample.name, options.get("result_format")),
    }


def limits_of(options: Mapping[str, Any]) -> Limits:
    """The options of a command that drives a run which is planned already."""
    return limits_named({name: options[name] for name in option_names(Limits) if name in options}, "options")


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
            raise click.UsageError(
                words("--map {text}: write FIELD=COLUMN, for example --map user_id=Kunden-ID.", text=text)
            )
        field, column = field.strip(), column.strip()
        if pairs.setdefault(field, column) != column:
            raise click.UsageError(
                words(
                    "--map names {field} twice: '{pairs}' and '{column}'. Leave one of them out.",
                    field=field,
                    pairs=pairs[field],
                    column=column,
                )
            )
    return pairs
