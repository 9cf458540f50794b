"""What the settings' library finds wrong -> one sentence: the key, what is wrong with it, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

_SHAPES: Mapping[str, str] = {
    "max_errors": '10 or "5%"',
    "duplicate_window": '"24h" or 0',
    "max_age": '"1d" or 0',
    "only": '"changed"',
    "columns": '["Kunden-ID", "topic_status"]',
    "leave_out": '["personal_data", "Telefon"]',
    "groups": "{ support_group = 2101424779 }",
    "map": '{ user_id = "Kunden-ID" }',
    "where": '"Status=open"',
    "hidden_rows": '"skip" or "include"',
    "log_format": '"text" or "json"',
}

# The library's words are for programmers, and name our classes.
_KINDS: Mapping[str, str] = {
    "string_type": "must be text in double quotes",
    "string_too_short": "is empty",
    "int_type": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number, without quotes",
    "finite_number": "must be a number",
    "bool_type": "must be true or false, without quotes",
    "list_type": 'must be a list, such as ["one", "two"]',
    "dict_type": "must be a table",
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
}


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that a settings file may hold."""

    top: frozenset[str]
    of_connection: frozenset[str]


def explained(file: str, problem: Mapping[str, Any], keys: Keys) -> str:
    """One problem of the settings in words."""
    # Beyond the key, the library names the variants of a type that it tried.
    path = [str(part) for part in problem["loc"]][: 3 if problem["loc"][0] == "connections" else 1]
    key = ".".join(path)
    if problem["type"] == "extra_forbidden":
        known = keys.of_connection if path[0] == "connections" and len(path) > 1 else keys.top
        return f"{file}: unknown key '{key}'. Did you mean '{nearest(path[-1], sorted(known))}'?"
    if problem["type"] == "missing":
        return f"{file}: '{key}' is missing. Add it."
    if path[0] == "connections" and len(path) < 3:
        return _not_a_table(file, key, path[-1], keys)
    if path[-1] == "instance":
        return f"{file}: '{key}' must be the digits of the instance in double quotes, such as \"13209946874612345\"."
    if path[0] in _SHAPES:
        return f"{file}: '{key}' cannot be used. Write it like {key} = {_SHAPES[path[0]]}."
    kind = _KINDS.get(problem["type"], "has a value that cannot be used")
    return f"{file}: '{key}' {kind.format(**problem.get('ctx', {}))}."


def _not_a_table(file: str, key: str, last: str, keys: Keys) -> str:
    if last in keys.of_connection:
        return f"{file}: '{key}' belongs to no connection. Put a line such as [connections.support_bot] above it."
    table = "[connections.support_bot]" if last == "connections" else f"[{key}]"
    return f"{file}: '{key}' must be a table: a line {table}, and below it instance and api_key."


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that looks most like this one; empty if there is none to choose from."""
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=0.0)), "")
