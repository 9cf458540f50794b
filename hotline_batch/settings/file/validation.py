"""Flags, environment and hotline-batch.toml -> one checked document; every error names key, place and remedy."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hotline_batch.errors import SettingsError
from hotline_batch.language.words import marked, words
from hotline_batch.settings.file.schema import VARIABLES, ConnectionEntry, Document, OfficeEntry, OpenIdEntry
from hotline_batch.settings.file.toml import file_content
from hotline_batch.settings.process import in_environment
from hotline_batch.settings.secrets import check_reference

_KEYS = sorted(field.alias or name for name, field in Document.model_fields.items())
_KEYS_OF_CONNECTION = sorted(ConnectionEntry.model_fields)
_KEYS_OF_TABLES = {"office": sorted(OfficeEntry.model_fields), "office.openid": sorted(OpenIdEntry.model_fields)}

_SHAPES: Mapping[str, str] = {
    "max_errors": marked('10 or "5%"'),
    "duplicate_window": marked('"24h" or 0'),
    "max_age": marked('"1d" or 0'),
    "only": '"changed"',
    "columns": '["Kunden-ID", "topic_status"]',
    "leave_out": '["personal_data", "Telefon"]',
    "groups": "{ support_group = 2101424779 }",
    "map": '{ user_id = "Kunden-ID" }',
    "where": '"Status=open"',
    "result_format": marked('"xlsx" or "csv"'),
    "hidden_rows": marked('"skip" or "include"'),
    "log_format": marked('"text" or "json"'),
    "notify": marked('"env:NEWS_ADDRESS", or a list of such'),
    "notify_command": '["/opt/tell", "the team"]',
    "notify_about": marked(
        '["stopped", "needs_a_person"]; there are ended, stopped, needs_a_person, file_failed, failing'
    ),
}

# The library's words are for programmers, and name our classes.
_UNUSABLE = marked("{file}: '{key}' has a value that cannot be used.")
_KINDS: Mapping[str, str] = marked(
    {
        "string_type": "{file}: '{key}' must be text in double quotes.",
        "string_too_short": "{file}: '{key}' is empty.",
        "int_type": "{file}: '{key}' must be a whole number, without quotes.",
        "int_from_float": "{file}: '{key}' must be a whole number.",
        "float_type": "{file}: '{key}' must be a number, without quotes.",
        "finite_number": "{file}: '{key}' must be a number.",
        "bool_type": "{file}: '{key}' must be true or false, without quotes.",
        "list_type": '{file}: \'{key}\' must be a list, such as ["one", "two"].',
        "dict_type": "{file}: '{key}' must be a table.",
        "greater_than_equal": "{file}: '{key}' must be {ge} or more.",
        "greater_than": "{file}: '{key}' must be more than {gt}.",
        "less_than_equal": "{file}: '{key}' must be {le} or less.",
    }
)


def read_document(flags: Mapping[str, str], environ: Mapping[str, str], file: Path | None) -> Document:
    """Merge flags, environment and file, in this order of weight. SettingsError for what cannot be used."""
    content = file_content(file) if file else {}
    if isinstance(token := content.get("x_api_key"), str):
        # Also where a variable goes before it: a secret in the file is one too many.
        check_reference(token, "x_api_key")
    return checked({**content, **_in_variables(environ), **flags}, file.name if file else "settings")


def checked(values: Mapping[str, Any], name: str) -> Document:
    """The document that holds these values. SettingsError for unusable ones; they stand in ``name``, as it says."""
    try:
        return Document.model_validate(values)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        raise SettingsError("\n".join(dict.fromkeys(_explained(name, problem) for problem in problems))) from None


def _in_variables(environ: Mapping[str, str]) -> dict[str, object]:
    """What the documented variables say; of keys references alone, so that their values do not pass through here."""
    found = {key: name for name, key in VARIABLES.items() if environ.get(name, "").strip()}
    values: dict[str, object] = {key: environ[name].strip() for key, name in found.items()}
    if "x_api_key" in found:
        values["x_api_key"] = f"env:{found['x_api_key']}"
    if "notify" in found:
        values["notify"] = environ[found["notify"]].split()
    return values | in_environment(environ)


def _explained(file: str, problem: Mapping[str, Any]) -> str:
    """One problem of the settings in words."""
    # Beyond the key, the library names the variants of a type that it tried.
    path = [str(part) for part in problem["loc"]][: 3 if problem["loc"][0] in {"connections", "office"} else 1]
    path = path[:2] if path[0] == "office" and path[-1].isdecimal() else path
    key = ".".join(path)
    if problem["type"] == "extra_forbidden":
        known = _KEYS_OF_CONNECTION if path[0] == "connections" and len(path) > 1 else _KEYS
        known = _KEYS_OF_TABLES.get(".".join(path[:-1]), known)
        nearest = get_close_matches(path[-1], known, n=1, cutoff=0.0)[0]
        return words("{file}: unknown key '{key}'. Did you mean '{nearest}'?", file=file, key=key, nearest=nearest)
    if problem["type"] == "missing":
        return words("{file}: '{key}' is missing. Add it.", file=file, key=key)
    if path[0] == "connections" and len(path) < 3:
        return _not_a_table(file, key, path[-1])
    if path[-1] == "instance":
        return words(
            "{file}: '{key}' must be the digits of the instance in double quotes, such as \"13209946874612345\".",
            file=file,
            key=key,
        )
    if key in _KEYS_OF_TABLES:
        return words("{file}: '{key}' must be a table: a line [{key}], and its keys below it.", file=file, key=key)
    if path[-1] == "approval":
        return words("{file}: '{key}' cannot be used. Write it like approval = \"required\".", file=file, key=key)
    if path[0] in _SHAPES:
        return words(
            "{file}: '{key}' cannot be used. Write it like {key} = {shapes}.",
            file=file,
            key=key,
            shapes=words(_SHAPES[path[0]]),
        )
    return words(_KINDS.get(problem["type"], _UNUSABLE), file=file, key=key, **problem.get("ctx", {}))


def _not_a_table(file: str, key: str, last: str) -> str:
    if last in _KEYS_OF_CONNECTION:
        return words(
            "{file}: '{key}' belongs to no connection. Put a line such as [connections.support_bot] above it.",
            file=file,
            key=key,
        )
    table = "[connections.support_bot]" if last == "connections" else f"[{key}]"
    return words(
        "{file}: '{key}' must be a table: a line {table}, and below it instance and api_key.",
        file=file,
        key=key,
        table=table,
    )
