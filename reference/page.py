"""Commands, exit codes, columns, statuses, settings, variables -> docs/reference.md."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from hotline_batch.plan.columns.names import ALIASES
from hotline_batch.results.rows.columns import DOCUMENTED_FIELDS, ENRICH_COLUMNS, SEND_COLUMNS
from hotline_batch.results.summary import EXIT_MEANINGS
from hotline_batch.settings.addresses import DEFAULT_ENDPOINT
from hotline_batch.settings.file.schema import (
    OTHER_VARIABLES,
    VARIABLES,
    ConnectionEntry,
    Document,
    OfficeEntry,
    OpenIdEntry,
)
from hotline_batch.settings.file.toml import FILE_NAME
from reference import words
from reference.commands import sections
from reference.markdown import GENERATED, code, plain, table


def reference_page() -> str:
    """The whole page."""
    parts = (
        f"# Reference\n\n{GENERATED}\n`hotline-batch COMMAND --help` says the same of each command.\n",
        "## Commands\n",
        *sections(),
        _exit_codes(),
        _input_columns(),
        _result_columns(),
        _statuses(),
        _settings(),
        _connection_settings(),
        _office_settings(),
        _variables(),
    )
    return "\n".join(parts)


def _exit_codes() -> str:
    meanings = sorted({**EXIT_MEANINGS, words.USAGE_EXIT_CODE: words.USAGE_MEANING}.items())
    rows = [(code(str(number)), plain(meaning)) for number, meaning in meanings]
    return f"## Exit codes\n\n{words.EXIT_CODES}\n\n{table(('code', 'means'), rows)}"


def _input_columns() -> str:
    rows = [
        (code(field), plain(words.INPUT[field]), ", ".join(code(name) for name in sorted(names)))
        for field, names in ALIASES.items()
    ]
    return f"## Columns of the sheet\n\n{words.INPUT_COLUMNS}\n\n{table(('field', 'holds', 'also recognised'), rows)}"


def _result_columns() -> str:
    ours = list(dict.fromkeys([*ENRICH_COLUMNS, *SEND_COLUMNS]))
    rows = [(code(name), _of(name), plain(words.RESULT[name])) for name in ours]
    fields = ", ".join(code(f"hotline_{name}") for name in DOCUMENTED_FIELDS)
    shown = table(("column", "in the results of", "holds"), rows)
    return f"## Columns of the result sheet\n\n{words.RESULT_COLUMNS}\n\n{shown}\n{words.FIELDS} {fields}.\n"


def _of(column: str) -> str:
    if column in SEND_COLUMNS and column in ENRICH_COLUMNS:
        return "both"
    return code("send" if column in SEND_COLUMNS else "enrich")


def _statuses() -> str:
    rows = [(code(status), plain(meaning)) for status, meaning in words.STATUSES.items()]
    return f"## Statuses\n\n{table(('`hotline_status`', 'means'), rows)}"


def _settings() -> str:
    rows = []
    for name, field in Document.model_fields.items():
        key = field.alias or name
        default = field.default if isinstance(field.default, str | int | float) else ""
        shown = (
            "" if default in ("", DEFAULT_ENDPOINT) else code(f"{default:g}" if default != str(default) else default)
        )
        rows.append((code(key), plain(words.SETTINGS[key]), shown))
    about = words.SETTINGS_FILE.format(name=FILE_NAME)
    return f"## Settings file\n\n{about}\n\n{table(('key', 'means', 'default'), rows)}"


def _connection_settings() -> str:
    rows = [
        (code(name), plain(words.CONNECTION[name]), "yes" if field.is_required() else "")
        for name, field in ConnectionEntry.model_fields.items()
    ]
    return f"### Keys of a connection\n\n{words.CONNECTION_TABLE}\n\n{table(('key', 'means', 'required'), rows)}"


def _office_settings() -> str:
    def rows(entry: type[BaseModel], meanings: Mapping[str, str], prefix: str) -> list[tuple[str, str, str]]:
        return [
            (
                code(f"{prefix}{name}"),
                plain(meanings[name]),
                "required" if field.is_required() else _default(field.default),
            )
            for name, field in entry.model_fields.items()
        ]

    found = [*rows(OfficeEntry, words.OFFICE, ""), *rows(OpenIdEntry, words.OPENID, "openid.")]
    return f"### Keys of the office\n\n{words.OFFICE_TABLE}\n\n{table(('key', 'means', 'default'), found)}"


def _default(value: object) -> str:
    return "" if value is None else code(", ".join(value) if isinstance(value, list) else str(value))


def _variables() -> str:
    rows = [
        (code(name), plain(words.VARIABLES[name]), code(VARIABLES[name]) if name in VARIABLES else "")
        for name in (*VARIABLES, *OTHER_VARIABLES, *words.USUAL_VARIABLES)
    ]
    return f"## Environment variables\n\n{words.ENVIRONMENT}\n\n{table(('variable', 'holds', 'settings key'), rows)}"
